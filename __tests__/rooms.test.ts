import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ROOT } from '../contracts/repository';

const CONFIG = '.dependency-cruiser.mjs';

// All cases share one process: it loads the TypeScript compiler.
jest.setTimeout(60_000);

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

interface Report {
  readonly summary: { readonly violations: readonly Violation[] };
}

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

/** Violations in a repository of these files; each imports what is named, from the root. */
function violations(imports: Readonly<Record<string, string>>): readonly Violation[] {
  const root = mkdtempSync(join(tmpdir(), 'rooms-'));
  folders.push(root);
  for (const file of [CONFIG, 'tsconfig.json']) copyFileSync(join(ROOT, file), join(root, file));
  for (const [file, imported] of Object.entries(imports)) {
    const up = '../'.repeat(file.split('/').length - 1) || './';
    for (const each of [file, ...(imported.endsWith('.ts') ? [imported] : [])])
      mkdirSync(dirname(join(root, each)), { recursive: true });
    const target = imported.endsWith('.ts') ? up + imported.replace(/\.ts$/, '') : imported;
    writeFileSync(join(root, file), `import { a } from '${target}';\nexport const b = a;\n`);
  }
  for (const imported of Object.values(imports)) {
    if (imported.endsWith('.ts') && !(imported in imports))
      writeFileSync(join(root, imported), 'export const a = 1;\n');
  }
  const depcruise = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [depcruise, '--config', CONFIG, '--output-type', 'json', '.'],
    { cwd: root, encoding: 'utf8' },
  );
  if (stdout === '') throw new Error(stderr);
  return (JSON.parse(stdout) as Report).summary.violations;
}

const PLANTED = {
  'contracts/a.ts': 'toolchain/index.ts',
  'contracts/b.ts': 'yaml',
  'contracts/c.ts': 'node:fs',
  'toolchain/a.ts': 'stacks/shared/a.ts',
  'stacks/data/a.ts': 'toolchain/index.ts',
  'stacks/data/b.ts': 'stacks/serving/a.ts',
  'stacks/shared/b.ts': 'stacks/data/c.ts',
  'rollout/a.ts': 'cli/src/a.ts',
  'model-server/src/a.ts': 'stacks/shared/a.ts',
  'cli/src/b.ts': 'toolchain/upstream/index.ts',
  'studies/a.ts': '__tests__/fixtures.ts',
  'studies/b.ts': 'main.ts',
};
const CIRCLE = {
  'rollout/circle-a.ts': 'rollout/circle-b.ts',
  'rollout/circle-b.ts': 'rollout/circle-c.ts',
  'rollout/circle-c.ts': 'rollout/circle-a.ts',
};
const ALLOWED = {
  'main.ts': 'stacks/data/allowed.ts',
  'toolchain/sources.ts': 'toolchain/upstream/index.ts',
  'stacks/data/allowed.ts': 'stacks/shared/allowed.ts',
  'stacks/shared/allowed.ts': 'contracts/allowed.ts',
  'contracts/allowed.ts': 'node:fs',
  'rollout/allowed.ts': 'contracts/allowed.ts',
  'cli/src/allowed.ts': 'rollout/allowed.ts',
  'cli/src/allowed-too.ts': 'toolchain/index.ts',
  'studies/allowed.ts': 'toolchain/index.ts',
  '__tests__/toolchain/allowed.ts': 'toolchain/upstream/index.ts',
};

describe('the check of who imports whom', () => {
  let found: readonly Violation[];
  beforeAll(() => {
    found = violations({ ...PLANTED, ...CIRCLE, ...ALLOWED });
  });
  const foundIn = (files: object) =>
    found
      .filter(({ from }) => from in files)
      .map(({ from, to, rule }) => `${rule.name}: ${from} → ${to}`)
      .sort();

  it('names every import that a room may not make, and nothing else', () => {
    expect(foundIn(PLANTED)).toEqual([
      'contracts-imports-only-what-it-may: contracts/a.ts → toolchain/index.ts',
      'contracts-need-only-node: contracts/b.ts → yaml',
      'main-only-wires: studies/b.ts → main.ts',
      'model-server-imports-only-what-it-may: model-server/src/a.ts → stacks/shared/a.ts',
      'rollout-imports-only-what-it-may: rollout/a.ts → cli/src/a.ts',
      'shared-knows-no-stack: stacks/shared/b.ts → stacks/data/c.ts',
      'sources-are-private: cli/src/b.ts → toolchain/upstream/index.ts',
      'stacks-do-not-know-one-another: stacks/data/b.ts → stacks/serving/a.ts',
      'stacks-imports-only-what-it-may: stacks/data/a.ts → toolchain/index.ts',
      'tests-are-not-imported: studies/a.ts → __tests__/fixtures.ts',
      'toolchain-imports-only-what-it-may: toolchain/a.ts → stacks/shared/a.ts',
    ]);
  });

  it('finds a cycle', () => {
    expect(foundIn(CIRCLE)).toContain('no-cycles: rollout/circle-a.ts → rollout/circle-b.ts');
  });

  it('has nothing against what rooms may import', () => {
    expect(foundIn(ALLOWED)).toEqual([]);
  });
});
