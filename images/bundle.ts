import { cpSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';
import type { Metafile } from 'esbuild';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const PACKAGE = /^.*node_modules\/(@[^/]+\/)?[^/]+/;

/**
 * Bundles a program of one of our images into one file; `licenses/` beside it has the licence of every package in it.
 *
 * Command: `node images/bundle.ts ENTRY.ts FILE.mjs`
 *
 * @param entry relative to the root of the repository
 * @returns the files that the bundle is made of, relative to the root of the repository
 */
export async function bundle(entry: string, outfile: string): Promise<readonly string[]> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
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
  copyLicences(metafile, join(dirname(outfile), 'licenses'));
  return Object.keys(metafile.inputs);
}

function copyLicences({ outputs }: Metafile, folder: string): void {
  const used = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  for (const path of new Set(used.flatMap((file) => PACKAGE.exec(file)?.[0] ?? []))) {
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

const [, script, entry, outfile] = process.argv;
if (script === fileURLToPath(import.meta.url) && entry !== undefined && outfile !== undefined)
  await bundle(entry, outfile);
