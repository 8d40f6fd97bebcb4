import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Recipe } from '../artifact';
import { errors } from '../errors';
import { execute } from '../process';
import { unpackDebianPackages } from './debian-download';
import { ROOT_ARCHIVE } from './debian-root';

export interface DebianProgramsProps {
  readonly id: string;
  readonly suite: string;
  /** Packages with the programs. */
  readonly packages: readonly string[];
  /** Name under /usr/bin → path in the package. They may need libc and nothing else. */
  readonly programs: Readonly<Record<string, string>>;
  /** Folders of the packages that the programs read. @default none */
  readonly data?: readonly string[];
}

const LIBC = 'usr/lib/x86_64-linux-gnu';

/**
 * A root file system that holds programs of Debian, libc, trusted certificates and time zones, and nothing else: no
 * shell, no package manager.
 */
export function debianPrograms({ id, suite, packages, programs, data = [] }: DebianProgramsProps): Recipe {
  const listed = Object.entries(programs).map(([name, path]) => `${name}=${path}`);
  return {
    id,
    title: `unpack ${id} from Debian ${suite}`,
    settings: { suite, packages: packages.join(','), programs: listed.join(','), data: data.join(',') },
    build: async ({ folder, report, signal }) => {
      const unpacked = join(folder, 'unpacked');
      const root = join(folder, 'root');
      mkdirSync(unpacked);
      const all = [...packages, 'libc6', 'ca-certificates', 'tzdata'];
      if (!(await unpackDebianPackages(unpacked, suite, all, { report, signal }))) {
        throw errors.notDebian(packages.join(', '));
      }
      const copy = (from: string, to = from) => {
        mkdirSync(dirname(join(root, to)), { recursive: true });
        cpSync(join(unpacked, from), join(root, to), { recursive: true, verbatimSymlinks: true });
      };
      for (const [name, path] of Object.entries(programs)) copy(path, join('usr/bin', name));
      for (const file of ['libc.so.6', 'ld-linux-x86-64.so.2', 'libresolv.so.2']) copy(join(LIBC, file));
      for (const path of [...data, 'usr/share/zoneinfo']) copy(path);
      symlinkSync('usr/lib', join(root, 'lib'));
      symlinkSync('usr/lib/x86_64-linux-gnu', join(root, 'lib64'));
      writeCertificates(unpacked, root);
      await execute(
        'tar',
        ['--owner=0', '--group=0', '--numeric-owner', '-cf', join(folder, ROOT_ARCHIVE), '-C', root, '.'],
        { signal },
      );
      for (const each of [unpacked, root]) rmSync(each, { recursive: true });
    },
  };
}

/** As the package's own script would, which does not run here. */
function writeCertificates(unpacked: string, root: string): void {
  const source = join(unpacked, 'usr/share/ca-certificates/mozilla');
  const files = existsSync(source) ? readdirSync(source).sort() : [];
  const bundle = files.map((file) => readFileSync(join(source, file), 'utf8')).join('');
  mkdirSync(join(root, 'etc/ssl/certs'), { recursive: true });
  writeFileSync(join(root, 'etc/ssl/certs/ca-certificates.crt'), bundle);
}
