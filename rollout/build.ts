import { cpSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const PACKAGE = /^.*node_modules\/(@[^/]+\/)?[^/]+/;

/**
 * Bundles the rollout controller into one file; `licenses/` beside it has the licence of every package in it.
 *
 * Command: `node rollout/build.ts FILE.mjs`
 *
 * @returns the files that the bundle is made of, relative to the root of the repository
 */
export async function bundle(outfile: string): Promise<readonly string[]> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['rollout/controller/main.ts'],
    outfile,
    bundle: true,
    // Names stay, for stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    legalComments: 'linked',
    logLevel: 'warning',
    logOverride: { 'large-output': 'silent' },
    metafile: true,
    // CommonJS packages inside the bundle call require() for Node's own modules, which ES modules do not have.
    banner: {
      js: "import { createRequire as nodeRequire } from 'node:module'; const require = nodeRequire(import.meta.url);",
    },
  });
  const bundled = Object.values(metafile.outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : []));
  copyLicences(
    new Set(bundled.flatMap((file) => PACKAGE.exec(file)?.[0] ?? [])),
    join(dirname(outfile), 'licenses'),
  );
  return Object.keys(metafile.inputs);
}

function copyLicences(packages: ReadonlySet<string>, folder: string): void {
  for (const path of packages) {
    const { name, version } = JSON.parse(readFileSync(join(ROOT, path, 'package.json'), 'utf8')) as {
      name: string;
      version: string;
    };
    const target = join(folder, `${name}@${version}`);
    mkdirSync(target, { recursive: true });
    for (const file of readdirSync(join(ROOT, path)))
      if (/^(licen[cs]e|notice|copying)/i.test(file))
        cpSync(join(ROOT, path, file), join(target, file), { recursive: true });
  }
}

const [, script, outfile] = process.argv;
if (script === fileURLToPath(import.meta.url) && outfile !== undefined) await bundle(outfile);
