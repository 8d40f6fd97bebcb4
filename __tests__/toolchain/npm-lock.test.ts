import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { workspaceManifest } from '../../toolchain/npm-lock';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'npm-lock-'));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

const base: Record<string, Record<string, unknown>> = {
  '': { name: 'all', workspaces: ['cli', 'server'] },
  cli: { dependencies: { colours: '1' } },
  server: { dependencies: { web: '1' }, devDependencies: { bundler: '1' } },
  'node_modules/@all/server': { resolved: 'server', link: true },
  'node_modules/@all/cli': { resolved: 'cli', link: true },
  'node_modules/colours': { version: '1.0.0' },
  'node_modules/web': { version: '1.0.0', dependencies: { words: '2' }, devDependencies: { colours: '1' } },
  'node_modules/words': { version: '1.0.0' },
  'node_modules/web/node_modules/words': { version: '2.0.0' },
  'node_modules/bundler': { version: '1.0.0', optionalDependencies: { 'bundler-linux': '1' } },
  'node_modules/bundler-linux': { version: '1.0.0', optional: true },
};

function pruned(packages = base) {
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }));
  return workspaceManifest(root, 'server');
}

const paths = () =>
  Object.keys((JSON.parse(pruned()['package-lock.json']) as { packages: object }).packages).sort();

test('a pruned lock keeps exactly what the workspace needs to build and run, where Node finds it', () => {
  expect(paths()).toEqual([
    '',
    'node_modules/@all/server',
    'node_modules/bundler',
    'node_modules/bundler-linux',
    'node_modules/web',
    'node_modules/web/node_modules/words',
    'server',
  ]);
});

test('the manifest does not change with another workspace', () => {
  const changed = { ...base, 'node_modules/colours': { version: '9.9.9' }, cli: { dependencies: {} } };
  expect(pruned(changed)).toEqual(pruned());
});

test('the manifest changes with the version of a dependency', () => {
  const changed = { ...base, 'node_modules/web/node_modules/words': { version: '2.0.1' } };
  expect(pruned(changed)).not.toEqual(pruned());
});

test('pruning this repository’s lock file keeps what the server imports', () => {
  const lock = workspaceManifest(join(import.meta.dirname, '../..'), 'model-server')['package-lock.json'];
  const manifest = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../model-server/package.json'), 'utf8'),
  ) as { dependencies: Record<string, string> };
  const kept = Object.keys((JSON.parse(lock) as { packages: object }).packages);
  for (const name of Object.keys(manifest.dependencies)) expect(kept).toContain(`node_modules/${name}`);
});
