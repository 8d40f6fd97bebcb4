import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Build, Recipe } from '../images/artefact';
import { thisMachine } from '../images/engine';
import { execute } from '../images/process';
import { aptConnection, debianSources } from '../images/registry-clients';
import { ROOT } from '../images/repository';
import { cacheFolder } from '../images/store';
import { versions } from './versions';

export interface GoProgramProps {
  readonly name: string;
  /** Folder under from-packages/go with go.mod and go.sum. @default the name */
  readonly module?: string;
  /** What to build. @default '.', the module itself */
  readonly package?: string;
  /** String variables to set: import path with name → value. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Programs to build first, because most of what they compile is used again. */
  readonly after?: readonly Recipe[];
}

const BASE_FLAGS = '-s -w';

/** A static program from Go modules that are pinned by a go.sum in this repository. */
export function goProgram(props: GoProgramProps): Recipe {
  const { name, module = name, package: target = '.', variables = {}, after = [] } = props;
  const source = `from-packages/go/${module}`;
  const ldflags = [
    BASE_FLAGS,
    ...Object.entries(variables).map(([variable, value]) => `-X ${variable}=${value}`),
  ].join(' ');
  return {
    id: `go-${name}`,
    title: `build ${name} from Go modules`,
    files: [source],
    settings: { target, ldflags },
    needs: after,
    heavy: true,
    build: async (build) => {
      const go = hasGo() ? 'go' : await ensureToolchain(build);
      const { report, signal } = build;
      const options = { cwd: join(ROOT, source), env: goEnvironment(), report, signal };
      await execute(
        go,
        [
          'build',
          '-trimpath',
          '-buildvcs=false',
          '-ldflags',
          ldflags,
          '-o',
          join(build.folder, name),
          target,
        ],
        options,
      );
    },
  };
}

/** Caches of modules and compiled packages of our own, so that removing our cache removes all of them. */
function goEnvironment(): NodeJS.ProcessEnv {
  const folder = join(cacheFolder(), 'go');
  return {
    CGO_ENABLED: '0',
    GOMODCACHE: join(folder, 'mod'),
    GOCACHE: join(folder, 'build'),
    GOFLAGS: '-modcacherw -mod=readonly',
    GOTOOLCHAIN: 'auto',
    GOOS: 'linux',
    GOARCH: 'amd64',
    GOWORK: 'off',
  };
}

/** Whether the machine's own Go is new enough. */
function hasGo(): boolean {
  const [, major = '0', minor = '0'] =
    /go(\d+)\.(\d+)/.exec(thisMachine.ask('go', ['version'])?.output ?? '') ?? [];
  const [wantedMajor = 0, wantedMinor = 0] = versions.go.split('.').map(Number);
  return Number(major) > wantedMajor || (Number(major) === wantedMajor && Number(minor) >= wantedMinor);
}

/** Debian's Go, unpacked into the cache: nothing is installed on the machine. */
async function ensureToolchain({ report, signal }: Build): Promise<string> {
  const target = join(cacheFolder(), 'go', `toolchain-${versions.go}`);
  const binary = join(target, 'usr', 'lib', `go-${versions.go}`, 'bin', 'go');
  if (existsSync(binary)) return binary;
  const draft = `${target}.${process.pid}`;
  const lists = join(draft, 'lists');
  for (const folder of [join(lists, 'partial'), join(draft, 'archives', 'partial'), join(draft, 'root')]) {
    mkdirSync(folder, { recursive: true });
  }
  const settings = join(draft, 'apt.conf');
  writeFileSync(settings, aptConnection());
  const { archive } = debianSources();
  writeFileSync(
    join(draft, 'sources.list'),
    `deb ${archive ?? 'mirror+file:/dev/null'} ${versions.debian.go} main\n`,
  );
  const options = [
    `Dir::State::Lists=${lists}`,
    `Dir::Cache=${draft}`,
    `Dir::Etc::SourceList=${join(draft, 'sources.list')}`,
    'Dir::Etc::SourceParts=-',
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  const env = { APT_CONFIG: settings };
  report(`fetching Go ${versions.go} from Debian ${versions.debian.go}`);
  await execute('apt-get', ['update', ...options], { env, signal, report });
  const names = [`golang-${versions.go}-go`, `golang-${versions.go}-src`];
  await execute('apt-get', ['download', ...options, ...names], { cwd: draft, env, signal, report });
  for (const name of readdirSync(draft).filter((file) => file.endsWith('.deb'))) {
    await execute('dpkg-deb', ['-x', join(draft, name), join(draft, 'root')], { signal });
  }
  cpSync(join(draft, 'root'), target, { recursive: true, verbatimSymlinks: true });
  rmSync(draft, { recursive: true, force: true });
  return binary;
}
