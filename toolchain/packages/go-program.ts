import { join } from 'node:path';
import type { Recipe } from '../artifact';
import { execute } from '../process';
import { ROOT } from '../../contracts/repository';
import { cacheFolder } from '../store';
import { goCommand } from './go-toolchain';

export interface GoProgramProps {
  readonly name: string;
  /** Folder under toolchain/packages/go with go.mod and go.sum. @default the name */
  readonly module?: string;
  /** Path of that folder from the root of this repository, where it is another one. */
  readonly folder?: string;
  /** What to build. @default '.', the module itself */
  readonly package?: string;
  /** String variables to set: import path with name → value. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Programs to build first, because this one reuses most of their compiled packages. */
  readonly after?: readonly Recipe[];
}

const BASE_FLAGS = '-s -w';

/** A static program from Go modules pinned by a go.sum in this repository. */
export function goProgram(props: GoProgramProps): Recipe {
  const { name, module = name, package: target = '.', variables = {}, after = [] } = props;
  const { folder: source = `toolchain/packages/go/${module}` } = props;
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
      const go = await goCommand(build);
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

/** Module and build caches inside our cache, so that removing it removes them, too. */
export function goEnvironment(): NodeJS.ProcessEnv {
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
