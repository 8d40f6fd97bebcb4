import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineCall } from '../engine';
import { execute } from '../process';
import { aptConnection, debianSources } from '../package-registries';

/**
 * Unpacks Debian packages into a folder: nothing is installed, no script of theirs runs, and what they depend on is
 * not followed.
 * @returns false where this machine has no Debian mirror
 */
export async function unpackDebianPackages(
  folder: string,
  suite: string,
  packages: readonly string[],
  { report, signal }: EngineCall,
): Promise<boolean> {
  const { archive } = debianSources();
  if (archive === undefined) return false;
  const work = join(folder, 'apt');
  for (const part of ['lists/partial', 'archives/partial']) mkdirSync(join(work, part), { recursive: true });
  const settings = join(work, 'apt.conf');
  writeFileSync(settings, aptConnection());
  writeFileSync(join(work, 'sources.list'), `deb ${archive} ${suite} main\n`);
  const options = [
    `Dir::State::Lists=${join(work, 'lists')}`,
    `Dir::Cache=${work}`,
    `Dir::Etc::SourceList=${join(work, 'sources.list')}`,
    'Dir::Etc::SourceParts=-',
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  const call = { env: { APT_CONFIG: settings }, report, signal };
  await execute('apt-get', ['update', ...options], call);
  await execute('apt-get', ['download', ...options, ...packages], { ...call, cwd: work });
  for (const name of readdirSync(work).filter((file) => file.endsWith('.deb'))) {
    await execute('dpkg-deb', ['-x', join(work, name), folder], { signal });
  }
  rmSync(work, { recursive: true });
  return true;
}
