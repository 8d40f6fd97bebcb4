import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../support/platform';

const AUTHOR = { name: 'Cluster tests', email: 'cluster-tests@example.com' };

/** A branch of this checkout's repository. Commits are made beside the checkout: its files and its index stay. */
export class Branch {
  private readonly ref: string;

  constructor(readonly name: string) {
    this.ref = `refs/heads/${name}`;
  }

  /** Lets the branch point to what is checked out. */
  reset(): void {
    git(['update-ref', this.ref, 'HEAD']);
  }

  remove(): void {
    git(['update-ref', '-d', this.ref]);
  }

  /** @param path from the root of the repository */
  read(path: string): string {
    return git(['show', `${this.ref}:${path}`]);
  }

  /**
   * Commits one file's new text.
   * @returns the commit's hash
   */
  commit(path: string, text: string, subject: string): string {
    const folder = mkdtempSync(join(tmpdir(), 'mlops-commit-'));
    try {
      const env = { GIT_INDEX_FILE: join(folder, 'index') };
      git(['read-tree', this.ref], { env });
      const blob = git(['hash-object', '-w', '--stdin'], { input: text }).trim();
      git(['update-index', '--cacheinfo', `100644,${blob},${path}`], { env });
      const tree = git(['write-tree'], { env }).trim();
      const commit = git(['commit-tree', tree, '-p', this.ref, '-m', subject]).trim();
      git(['update-ref', this.ref, commit]);
      return commit;
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}

function git(
  args: readonly string[],
  { env = {}, input }: { readonly env?: NodeJS.ProcessEnv; readonly input?: string } = {},
): string {
  const who = {
    GIT_AUTHOR_NAME: AUTHOR.name,
    GIT_AUTHOR_EMAIL: AUTHOR.email,
    GIT_COMMITTER_NAME: AUTHOR.name,
    GIT_COMMITTER_EMAIL: AUTHOR.email,
  };
  return execFileSync('git', args, {
    cwd: root,
    env: { ...process.env, ...who, ...env },
    encoding: 'utf8',
    ...(input === undefined ? {} : { input }),
  });
}
