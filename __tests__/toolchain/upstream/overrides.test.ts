import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ROOT } from '../../../contracts/repository';
import { overriddenBy, versionsSetting } from '../../../toolchain/upstream/overrides';

const PINS = { images: { nginx: 'docker.io/nginx:1', postgres: 'docker.io/postgres:15' }, kind: '0.30.0' };
const MINE = '{"images": {"nginx": "registry.example/nginx:1"}}';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'versions-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});
const file = (text: string) => {
  const path = join(folder, 'versions.json');
  writeFileSync(path, text);
  return path;
};

test.each([undefined, ''])('without a setting (%j) the pins hold', (setting) => {
  expect(overriddenBy(setting, PINS)).toEqual(PINS);
  expect(versionsSetting(setting ?? '')).toBeUndefined();
});

test.each([
  ['a file', () => file(MINE)],
  ['JSON itself', () => MINE],
])('%s replaces what it names, and nothing else', (_, setting) => {
  expect(overriddenBy(setting(), PINS)).toEqual({
    images: { nginx: 'registry.example/nginx:1', postgres: 'docker.io/postgres:15' },
    kind: '0.30.0',
  });
});

test('a pod is told the content: it has no such file', () => {
  expect(overriddenBy(versionsSetting(file(MINE)), PINS)).toEqual(overriddenBy(MINE, PINS));
});

describe('is refused', () => {
  test('what nothing is called by', () => {
    expect(() => overriddenBy('{"images": {"ngnix": "x"}}', PINS)).toThrowErrorMatchingInlineSnapshot(`
      "The versions that UPSTREAM_VERSIONS names cannot be used: JSON.
        got:      images.ngnix: unknown
        expected: one of nginx, postgres
        fix:      Correct it, or unset UPSTREAM_VERSIONS: the pins of this repository are then used."
    `);
  });

  test.each([
    ['{"kind": 30}', 'kind: 30'],
    ['{"kind": ""}', 'kind: ""'],
    ['{"images": "nginx"}', 'images: "nginx"'],
    ['{"images": ["nginx"]}', 'images: ["nginx"]'],
    ['{"images"', 'JSON'],
  ])('%s', (setting, got) => {
    expect(() => overriddenBy(setting, PINS)).toThrow(got);
  });

  test('a file that cannot be read', () => {
    expect(() => overriddenBy(join(folder, 'absent.json'), PINS)).toThrow('ENOENT');
  });

  test('by a command before it does anything', () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', 'toolchain/main.ts', 'helm-unittest'],
      { cwd: ROOT, encoding: 'utf8', env: { ...process.env, UPSTREAM_VERSIONS: '{"nginx": "x"}' } },
    );
    expect({ status, first: stderr.split('\n')[0] }).toEqual({
      status: 3,
      first: 'The versions that UPSTREAM_VERSIONS names cannot be used: JSON.',
    });
  });
});
