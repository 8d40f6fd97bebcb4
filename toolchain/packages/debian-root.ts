import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Recipe } from '../artifact';
import { thisHost, type EngineCall } from '../engine';
import { aptInstall } from '../engine-install';
import { execute } from '../process';
import { aptConnection, debianSources } from '../package-registries';

export interface DebianRootProps {
  readonly id: string;
  readonly suite: string;
  /**
   * mmdebstrap's variant: `essential` has no apt, `custom` nothing but what is asked for.
   * @default 'essential'
   */
  readonly variant?: 'essential' | 'minbase' | 'custom';
  readonly packages: readonly string[];
  /** Shell command to run on the finished root, whose folder is `$1`. */
  readonly finish?: string;
  /** An artifact to copy over the root. */
  readonly overlay?: Recipe;
}

/** File name of the archive inside the artifact. */
export const ROOT_ARCHIVE = 'root.tar';

/** Files that no program in a container reads. */
const LEFT_OUT = ['/usr/share/doc/*', '/usr/share/man/*', '/usr/share/info/*', '/usr/share/locale/*'];

/** This machine's registry settings and installation leftovers must not stay in an image. */
const CLEAN =
  'rm -rf "$1"/etc/apt/sources.list* "$1"/etc/apt/apt.conf.d/99mmdebstrap "$1"/etc/resolv.conf ' +
  '"$1"/etc/hostname "$1"/var/cache/* "$1"/var/lib/apt/lists/*; find "$1"/var/log -type f -delete';

/** Peak memory of building one root. */
const WORK_SIZE = '1536m';

/** dpkg syncs to disk after every step; in memory that costs nothing. */
const IN_MEMORY =
  '[ -z "$WORK_SIZE" ] || mount -t tmpfs -o "size=$WORK_SIZE,mode=0755" tmpfs "$TMPDIR"; exec mmdebstrap "$@"';

/** Whether two roots and a compiler fit in memory at the same time. */
function hasRoom(): boolean {
  const table = '/proc/meminfo';
  const available = existsSync(table)
    ? /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync(table, 'utf8'))?.[1]
    : '0';
  return Number(available) > 4 * 1024 ** 2;
}

/** A root file system from Debian packages, as a tar archive. */
export function debianRoot(props: DebianRootProps): Recipe {
  const { id, suite, variant = 'essential', packages, finish, overlay } = props;
  return {
    id,
    title: `install ${id} from Debian ${suite}`,
    settings: { suite, variant, packages: packages.join(','), finish: finish ?? '', clean: CLEAN },
    ...(overlay === undefined ? {} : { needs: [overlay] }),
    heavy: true,
    build: async ({ folder, input, report, signal }) => {
      await ensureMmdebstrap({ report, signal });
      const settings = join(folder, 'apt.conf');
      const work = join(folder, 'work');
      mkdirSync(work);
      writeFileSync(settings, aptConnection());
      await execute(
        // Its mounts, which include the host's /dev, vanish with the process, even if killed.
        'unshare',
        [
          ...['--mount', '--propagation', 'private', '--fork', '--kill-child', 'sh', '-euc', IN_MEMORY, 'sh'],
          `--variant=${variant}`,
          `--include=${packages.join(',')}`,
          `--aptopt=${settings}`,
          '--dpkgopt=force-unsafe-io',
          ...LEFT_OUT.map((pattern) => `--dpkgopt=path-exclude=${pattern}`),
          ...(finish === undefined ? [] : [`--customize-hook=${finish}`]),
          ...(overlay === undefined ? [] : [`--customize-hook=cp -a ${input(overlay)}/. "$1"/`]),
          `--customize-hook=${CLEAN}`,
          suite,
          join(folder, ROOT_ARCHIVE),
          ...sourceLines(suite),
        ],
        { env: { TMPDIR: work, WORK_SIZE: hasRoom() ? WORK_SIZE : '' }, report, signal },
      );
      rmSync(settings);
      rmSync(work, { recursive: true, force: true });
    },
  };
}

/** Lines for sources.list; if empty, mmdebstrap chooses the mirror. */
function sourceLines(suite: string): string[] {
  const { archive, security } = debianSources();
  if (archive === undefined) return [];
  // Testing has no security suite: fixes arrive in the suite itself.
  const fixes = suite === 'forky' || security === undefined ? [] : [`deb ${security} ${suite}-security main`];
  return [`deb ${archive} ${suite} main`, ...fixes];
}

async function ensureMmdebstrap(call: EngineCall): Promise<void> {
  if (thisHost.ask('mmdebstrap', ['--version'])?.ok === true && existsSync('/usr/share/keyrings')) return;
  call.report('installing mmdebstrap with apt-get');
  await aptInstall(['mmdebstrap'], call);
}
