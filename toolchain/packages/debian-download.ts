import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineCall } from '../engine';
import { errors } from '../errors';
import { aptConnection, debianSources } from '../package-registries';
import { execute } from '../process';
import type { Program } from '../source';

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

/** A program of a Debian package that runs on this machine, in /usr/bin there; it may need libc and nothing else. */
export function debianProgram(name: string, suite: string): Program {
  return {
    file: name,
    recipe: {
      id: `debian-${name}`,
      title: `unpack ${name} from Debian ${suite}`,
      settings: { suite },
      build: async ({ folder, report, signal }) => {
        const unpacked = join(folder, 'unpacked');
        mkdirSync(unpacked);
        if (!(await unpackDebianPackages(unpacked, suite, [name], { report, signal }))) {
          throw errors.notDebian(name);
        }
        renameSync(join(unpacked, 'usr/bin', name), join(folder, name));
        rmSync(unpacked, { recursive: true });
      },
    },
  };
}
