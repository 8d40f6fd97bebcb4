import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkedOutCommit } from '../../toolchain/commit';

let root: string;

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.example', ...args], {
    cwd: root,
    encoding: 'utf8',
  });

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'commit-'));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function commit(): void {
  git('init', '--quiet');
  mkdirSync(join(root, 'results'));
  for (const file of ['code', 'results/figures']) writeFileSync(join(root, file), 'a');
  git('add', '.');
  git('commit', '--quiet', '--message', 'first');
}

describe('the checked-out commit', () => {
  it('is clean right after the commit', () => {
    commit();
    expect(checkedOutCommit([], root)).toEqual({ hash: git('rev-parse', 'HEAD').trim(), isDirty: false });
  });

  it.each(['code', 'new'])('is dirty once %s is written', (file) => {
    commit();
    writeFileSync(join(root, file), 'b');
    expect(checkedOutCommit([], root).isDirty).toBe(true);
  });

  it('stays clean if only ignored files change', () => {
    commit();
    writeFileSync(join(root, 'results/figures'), 'b');
    expect(checkedOutCommit(['results'], root).isDirty).toBe(false);
    expect(checkedOutCommit([], root).isDirty).toBe(true);
  });

  it('is unknown without a repository', () => {
    expect(checkedOutCommit([], root).hash).toBeUndefined();
  });

  it('is unknown before the first commit', () => {
    git('init', '--quiet');
    expect(checkedOutCommit([], root).hash).toBeUndefined();
  });
});
