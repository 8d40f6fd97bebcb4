import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { computeKey, type Recipe } from '../../toolchain/artifact';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'artifact-'));
  mkdirSync(join(root, 'source'));
  writeFileSync(join(root, 'source', 'main.go'), 'package main');
  writeFileSync(join(root, 'source', 'run.sh'), 'true', { mode: 0o755 });
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

const recipe = (changes: Partial<Recipe> = {}): Recipe => ({
  id: 'thing',
  title: 'build thing',
  files: ['source'],
  settings: { version: '1', flags: '-s' },
  build: () => Promise.resolve(),
  ...changes,
});

const key = (changes: Partial<Recipe> = {}) => computeKey(recipe(changes), root);

describe('the key changes with', () => {
  test('the content of a file', () => {
    const before = key();
    writeFileSync(join(root, 'source', 'main.go'), 'package other');
    expect(key()).not.toBe(before);
  });

  test('the name of a file', () => {
    const before = key();
    writeFileSync(join(root, 'source', 'other.go'), '');
    expect(key()).not.toBe(before);
  });

  test('whether a file is executable', () => {
    const before = key();
    chmodSync(join(root, 'source', 'run.sh'), 0o644);
    expect(key()).not.toBe(before);
  });

  test('the target of a link', () => {
    symlinkSync('main.go', join(root, 'source', 'link'));
    const before = key();
    rmSync(join(root, 'source', 'link'));
    symlinkSync('run.sh', join(root, 'source', 'link'));
    expect(key()).not.toBe(before);
  });

  test('a setting', () => {
    expect(key({ settings: { version: '2', flags: '-s' } })).not.toBe(key());
  });

  test('the boundary between two settings', () => {
    expect(key({ settings: { ab: 'c' } })).not.toBe(key({ settings: { a: 'bc' } }));
  });

  test('the key of a dependency', () => {
    const needed = (version: string) => recipe({ id: 'needed', files: [], settings: { version } });
    expect(key({ needs: [needed('1')] })).not.toBe(key({ needs: [needed('2')] }));
  });
});

describe('the key stays the same with', () => {
  test('settings in another order', () => {
    expect(key({ settings: { flags: '-s', version: '1' } })).toBe(key());
  });

  test('another title', () => {
    expect(key({ title: 'make thing', heavy: true })).toBe(key());
  });

  test('another umask', () => {
    const before = key();
    chmodSync(join(root, 'source', 'main.go'), 0o600);
    chmodSync(join(root, 'source', 'run.sh'), 0o700);
    expect(key()).toBe(before);
  });

  test('another modification time', () => {
    const before = key();
    utimesSync(join(root, 'source', 'main.go'), 1, 1);
    expect(key()).toBe(before);
  });

  test('what Python and npm leave in source folders', () => {
    const before = key();
    for (const folder of ['__pycache__', 'node_modules', 'dist', '.pytest_cache']) {
      mkdirSync(join(root, 'source', folder));
      writeFileSync(join(root, 'source', folder, 'file'), 'x');
    }
    expect(key()).toBe(before);
  });

  test('another location of the checkout', () => {
    const before = key();
    const elsewhere = mkdtempSync(join(tmpdir(), 'artifact-elsewhere-'));
    mkdirSync(join(elsewhere, 'source'));
    writeFileSync(join(elsewhere, 'source', 'main.go'), 'package main');
    writeFileSync(join(elsewhere, 'source', 'run.sh'), 'true', { mode: 0o755 });
    expect(computeKey(recipe(), elsewhere)).toBe(before);
    rmSync(elsewhere, { recursive: true });
  });
});

test('a key is twelve hexadecimal digits', () => {
  expect(key()).toMatch(/^[0-9a-f]{12}$/);
});
