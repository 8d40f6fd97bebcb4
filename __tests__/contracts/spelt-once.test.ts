import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { NAMESPACE } from '../../contracts/namespaces';
import { SECRET } from '../../contracts/objects';
import { OCI_PULL_HOST } from '../../contracts/oci';
import { RELEASE_LIST } from '../../contracts/release-list';
import { ROOT } from '../../contracts/repository';
import { NODE_PORT, SERVICE } from '../../contracts/services';
import { NAMES, PORTS } from './support/names';

const PRODUCT = ['stacks', 'cli', 'toolchain', 'rollout', 'studies', 'main.ts'];

const escaped = (text: string) => text.replaceAll('.', '\\.');
const NAME = new RegExp(`(?<![\\w-])(${NAMES.map(escaped).join('|')})(?![\\w-])`);
const PORT_IN_TEXT = new RegExp(`(^|:)(${PORTS.join('|')})(?!\\d)`);
const PORT = new RegExp(`^(${PORTS.join('|')})$`);

/** `line: literal` of what only contracts/ may spell out; comments and the paths of imports do not count. */
function spelt(code: string): readonly string[] {
  const source = ts.createSourceFile('a.ts', code, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    const text = ts.isNumericLiteral(node)
      ? node.getText()
      : ts.isLiteralExpression(node)
        ? node.text
        : part(node);
    const isSpelt = ts.isNumericLiteral(node)
      ? PORT.test(text ?? '')
      : text !== undefined && (NAME.test(text) || PORT_IN_TEXT.test(text));
    if (isSpelt) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      found.push(`${String(line + 1)}: ${text ?? ''}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function part(node: ts.Node): string | undefined {
  return ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node) ? node.text : undefined;
}

function filesBelow(path: string): readonly string[] {
  if (!statSync(join(ROOT, path)).isDirectory()) return path.endsWith('.ts') ? [path] : [];
  return readdirSync(join(ROOT, path))
    .filter((name) => name !== 'node_modules')
    .flatMap((name) => filesBelow(`${path}/${name}`));
}

describe('what contracts/ names', () => {
  it.each(PRODUCT)('is not spelt out in %s', (room) => {
    const files = filesBelow(room);
    expect(files).not.toEqual([]);
    const found = files.flatMap((file) =>
      spelt(readFileSync(join(ROOT, file), 'utf8')).map((each) => `${file}:${each}`),
    );
    expect(found).toEqual([]);
  });

  it.each([
    ['a namespace', `const a = '${NAMESPACE.serving}';`],
    ['a namespace in a text', `const a = \`See the pods in \${b}, namespace ${NAMESPACE.ci}.\`;`],
    ['a namespace in an address', `const a = "http://mlflow.${NAMESPACE.registry}.svc:1";`],
    ['a node port', `const a = { port: ${String(NODE_PORT.mlflow)} };`],
    ['a port', `const a = ${String(SERVICE.gateway.port)};`],
    ['a port in an address', `const a = \`\${b}:${String(SERVICE.postgres.port)}/x\`;`],
    ['a Secret', `const a = ['${SECRET.postgres}'];`],
    ['the host that images are pulled from', `const a = 'https://${OCI_PULL_HOST}/x';`],
    ['the release list', `const a = { '${RELEASE_LIST.name}': 1 };`],
    ['a key of the release list', `throw new Error('${RELEASE_LIST.releases} is empty');`],
  ])('is found: %s', (_, code) => {
    expect(spelt(code)).toHaveLength(1);
  });

  it.each([
    ['a comment', `// in ${NAMESPACE.serving}, on port ${String(NODE_PORT.mlflow)}`],
    ['an import', `import { a } from './${RELEASE_LIST.name}';`],
    ['a time', 'const a = 5_000;'],
    ['another name', `const a = 'mlops-cli';`],
  ])('is allowed in %s', (_, code) => {
    expect(spelt(code)).toEqual([]);
  });
});
