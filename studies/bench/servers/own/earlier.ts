import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../../../../contracts/repository';
import { errors } from '../../errors';

/** Where the bundle of a commit lies. */
export function bundleOf(commit: string): string {
  return join(folderOf(commit), 'model-server/dist/main.mjs');
}

/**
 * Bundles the model server of a commit with the packages installed now, from the repository's history.
 *
 * @throws {BenchError} noCommit
 */
export function bundleCommit(commit: string): Promise<void> {
  requireCommit(commit);
  const folder = folderOf(commit);
  const archive = `${folder}.tar`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  execFileSync('git', ['archive', '--output', archive, commit], { cwd: ROOT });
  execFileSync('tar', ['--extract', '--file', archive, '--directory', folder]);
  rmSync(archive);
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const build = ['--import', 'tsx', 'model-server/build.ts'];
  execFileSync(process.execPath, build, { cwd: folder, stdio: 'inherit' });
  return Promise.resolve();
}

/** A name that is also the name of a folder. */
function requireCommit(commit: string): void {
  if (!/^[0-9A-Za-z][\w.-]*$/.test(commit)) throw errors.noCommit(commit);
  try {
    execFileSync('git', ['rev-parse', '--verify', `${commit}^{commit}`], { cwd: ROOT, stdio: 'ignore' });
  } catch {
    throw errors.noCommit(commit);
  }
}

function folderOf(commit: string): string {
  return join(ROOT, '.mlops/bench/before', commit);
}
