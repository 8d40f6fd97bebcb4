import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../../support/wait-for';
import { root } from '../support/platform';

export interface GitServer {
  readonly repository: string;
  readonly branch: string;
  stop(): void;
}

const BRANCH = 'main';

/** This checkout's commit, for whoever fetches it from `address`. Port 9418 is git's own. */
export async function serveGit(folder: string, address: string): Promise<GitServer> {
  const bare = join(folder, 'platform.git');
  mkdirSync(folder, { recursive: true });
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' });
  git('init', '--quiet', '--bare', bare);
  git('push', '--quiet', bare, `HEAD:refs/heads/${BRANCH}`);
  const repository = `git://${address}/platform.git`;
  const daemon: ChildProcess = spawn(
    'git',
    ['daemon', '--reuseaddr', '--export-all', `--base-path=${folder}`, `--listen=${address}`, folder],
    // A group of its own: git's daemon has a child.
    { stdio: 'ignore', detached: true },
  );
  await waitFor(() => git('ls-remote', repository, BRANCH), { timeout: 10_000, interval: 200 });
  return {
    repository,
    branch: BRANCH,
    stop: () => {
      if (daemon.pid !== undefined) process.kill(-daemon.pid);
    },
  };
}
