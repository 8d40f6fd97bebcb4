import { spawnSync } from 'node:child_process';
import { ROOT } from '../contracts/repository';

export interface Commit {
  /** Full hash; undefined where git or the history is missing. */
  readonly hash: string | undefined;
  /** Whether the tree differs from it. Untracked files count: folder reads include them. */
  readonly isDirty: boolean;
}

/** The commit that is checked out. @param ignoring paths whose changes do not count, relative to the root */
export function checkedOutCommit(ignoring: readonly string[] = [], root = ROOT): Commit {
  const changes = git(
    root,
    'status',
    '--porcelain',
    '--',
    '.',
    ...ignoring.map((path) => `:(exclude)${path}`),
  );
  return { hash: git(root, 'rev-parse', '--verify', 'HEAD'), isDirty: changes !== '' };
}

/** The checked-out commit in one word, `-dirty` when the tree differs from it; `unknown` without a history. */
export function commitName(): string {
  const { hash, isDirty } = checkedOutCommit();
  if (hash === undefined) return 'unknown';
  return isDirty ? `${hash}-dirty` : hash;
}

/** Absolute folder with the history of a checkout, also of a further worktree; undefined without one. */
export function gitFolder(root = ROOT): string | undefined {
  return git(root, 'rev-parse', '--path-format=absolute', '--git-common-dir');
}

function git(root: string, ...args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}
