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
  const git = (...args: readonly string[]) => {
    const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
    return status === 0 ? stdout.trim() : undefined;
  };
  const changes = git('status', '--porcelain', '--', '.', ...ignoring.map((path) => `:(exclude)${path}`));
  return { hash: git('rev-parse', '--verify', 'HEAD'), isDirty: changes !== '' };
}
