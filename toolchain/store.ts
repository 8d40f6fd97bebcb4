import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { homeFolder } from '../contracts/home-folder';
import { keyOf, type Recipe } from './artifact';
import { errors } from './errors';
import { isAlive, processIdentity, takeLock } from './lock';

/** The cache of artifacts: one folder each, complete or absent. */
export interface Store {
  /** Absolute folder that this process writes to. */
  readonly folder: string;
  /** Folder of a finished artifact, or undefined. */
  find(recipe: Recipe): string | undefined;
  /** Builds an artifact unless it exists; concurrent callers, in other processes too, build it once. */
  make(recipe: Recipe, options: MakeOptions): Promise<string>;
  /** Cleans up after killed builds. */
  clean(): void;
}

export interface MakeOptions {
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

const TEMPORARY = /\.building-(\d+-\d+)$/;

/**
 * `$MLOPS_CACHE`, else `mlops` in the user's cache folder.
 * @throws PreparationError noHome
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env, readHome?: () => string): string {
  if (env.MLOPS_CACHE !== undefined) return env.MLOPS_CACHE;
  if (env.XDG_CACHE_HOME !== undefined) return join(env.XDG_CACHE_HOME, 'mlops');
  const home = homeFolder(readHome);
  // Nothing under /tmp instead: others could plant programs there.
  if (home === undefined) throw errors.noHome();
  return join(home, '.cache', 'mlops');
}

/**
 * @param folder default {@link cacheFolder}
 * @param readOnly folder of finished artifacts to read from. Default `$MLOPS_CACHE_FROM`
 */
export function openStore(folder = cacheFolder(), readOnly = process.env.MLOPS_CACHE_FROM): Store {
  const nameOf = (recipe: Recipe) => `${recipe.id}-${keyOf(recipe)}`;
  const artifacts = join(folder, 'artifacts');
  const find = (recipe: Recipe) =>
    [artifacts, ...(readOnly === undefined ? [] : [join(readOnly, 'artifacts')])]
      .map((place) => join(place, nameOf(recipe)))
      .find((path) => existsSync(path));

  const input = (recipe: Recipe): string => {
    const path = find(recipe);
    if (path === undefined) throw errors.notPrepared(recipe.title);
    return path;
  };

  return {
    folder,
    find,
    make: async (recipe, { report, signal }) => {
      const ready = find(recipe);
      if (ready !== undefined) return ready;
      createFolder(artifacts);
      const unlock = await takeLock(join(folder, 'locks', nameOf(recipe)), signal, (holder) => {
        report(`waiting for process ${holder.split('-')[0] ?? ''}, which is already building it`);
      });
      const target = join(artifacts, nameOf(recipe));
      const draft = `${target}.building-${processIdentity()}`;
      try {
        const made = find(recipe);
        if (made !== undefined) return made;
        removeFolder(draft);
        mkdirSync(draft);
        await recipe.build({ folder: draft, input, report, signal });
        return publish(draft, target);
      } finally {
        removeFolder(draft);
        unlock();
      }
    },
    clean: () => {
      if (!existsSync(artifacts)) return;
      for (const name of readdirSync(artifacts)) {
        const owner = TEMPORARY.exec(name)?.[1];
        if (owner !== undefined && !isAlive(owner)) removeFolder(join(artifacts, name));
      }
    },
  };
}

let shared: Store | undefined;

/** The store of this process's environment. */
export function defaultStore(): Store {
  return (shared ??= openStore());
}

/** Whether any live process is building in a cache folder. */
export function isBuilding(folder: string): boolean {
  const artifacts = join(folder, 'artifacts');
  if (!existsSync(artifacts)) return false;
  return readdirSync(artifacts).some((name) => {
    const owner = TEMPORARY.exec(name)?.[1];
    return owner !== undefined && isAlive(owner);
  });
}

/**
 * Makes a draft the artifact, unless another process was faster although it could not see our lock: one in another
 * container that shares this cache. Equal keys stand for equal artifacts, so its one will do.
 */
function publish(draft: string, target: string): string {
  try {
    renameSync(draft, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
  return target;
}

/**
 * Removes a folder, but nothing that is mounted into it: a killed build may leave the host's own file systems
 * there, and removing their content would reach the host.
 */
function removeFolder(folder: string): void {
  for (const mount of mountsBelow(folder)) spawnSync('umount', [mount]);
  const [left] = mountsBelow(folder);
  if (left !== undefined) throw errors.stillMounted(left);
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** Mount points at or below a folder, innermost first. Source: proc_pid_mountinfo(5), field 5. */
function mountsBelow(folder: string): string[] {
  const table = '/proc/self/mountinfo';
  if (!existsSync(table) || !existsSync(folder)) return [];
  const real = realpathSync(folder);
  return readFileSync(table, 'utf8')
    .split('\n')
    .map((line) => unescape(line.split(' ')[4] ?? ''))
    .filter((mount) => mount === real || mount.startsWith(`${real}/`))
    .reverse();
}

/** The kernel writes space, tab, newline and backslash as octal numbers. */
function unescape(path: string): string {
  return path.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** @throws PreparationError cacheNotWritable */
function createFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw errors.cacheNotWritable(folder, (error as Error).message);
  }
}
