import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../contracts/repository';

/** What a recipe's build works with. */
export interface Build {
  /** Empty folder to fill; becomes the artifact when the build returns. */
  readonly folder: string;
  /** Folder of a recipe that this one needs. */
  readonly input: (recipe: Recipe) => string;
  /** Shows one line of progress. */
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

/** How to make one artifact: a folder in the cache, named by the content of what it is made from. */
export interface Recipe {
  /** Unique, kebab-case: the artifact's name. */
  readonly id: string;
  /** What a task list shows, e.g. `build kind`. */
  readonly title: string;
  /** Files and folders of this repository that go in, as paths from its root. */
  readonly files?: readonly string[];
  /** Everything else that changes the result: versions, flags, package lists. */
  readonly settings: Readonly<Record<string, string>>;
  readonly needs?: readonly Recipe[];
  /** Keeps a processor busy for seconds or more. @default false */
  readonly heavy?: boolean;
  build(build: Build): Promise<void>;
}

/** Hexadecimal digits of a key: short enough for a tag, long enough never to meet twice. */
const KEY_DIGITS = 12;

/** Left behind by tools in source folders; never part of an image. */
const IGNORED = /^(__pycache__|node_modules|\.(pytest|ruff|mypy)_cache|\.DS_Store|.*\.pyc|.*\.swp)$/;

const known = new WeakMap<Recipe, string>();

/**
 * The key of a recipe: equal on every machine with the same files and settings, and on no other.
 * Computed once per process.
 */
export function keyOf(recipe: Recipe): string {
  const found = known.get(recipe);
  if (found !== undefined) return found;
  const key = computeKey(recipe, ROOT);
  known.set(recipe, key);
  return key;
}

/** @param root folder that the recipe's files are relative to */
export function computeKey(recipe: Recipe, root: string): string {
  const hash = createHash('sha256');
  const add = (...parts: readonly (string | Buffer)[]) => {
    for (const part of parts) hash.update(`${String(part.length)}:`).update(part);
  };
  add('id', recipe.id);
  for (const [name, value] of Object.entries(recipe.settings).sort(byName)) add('setting', name, value);
  for (const path of [...(recipe.files ?? [])].sort()) {
    for (const file of listFiles(root, path)) add('file', file.path, file.mode, file.content);
  }
  const needed = (recipe.needs ?? []).map((need) => [need.id, computeNeed(need, root)] as const);
  for (const [id, key] of [...needed].sort(byName)) add('need', id, key);
  return hash.digest('hex').slice(0, KEY_DIGITS);
}

function computeNeed(need: Recipe, root: string): string {
  return root === ROOT ? keyOf(need) : computeKey(need, root);
}

const byName = (a: readonly [string, string], b: readonly [string, string]) => (a[0] < b[0] ? -1 : 1);

export interface SourceFile {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  /** `0755`, `0644` or `link`: what git would keep, whatever the umask. */
  readonly mode: string;
  readonly content: Buffer;
}

/** Files at or below a path, sorted; what tools leave behind is left out. */
export function listFiles(root: string, path: string): readonly SourceFile[] {
  const absolute = join(root, path);
  const status = lstatSync(absolute);
  if (status.isSymbolicLink()) return [{ path, mode: 'link', content: Buffer.from(readlinkSync(absolute)) }];
  if (!status.isDirectory()) {
    const mode = (status.mode & 0o100) === 0 ? '0644' : '0755';
    return [{ path, mode, content: readFileSync(absolute) }];
  }
  return readdirSync(absolute)
    .filter((name) => !IGNORED.test(name))
    .sort()
    .flatMap((name) => listFiles(root, `${path}/${name}`));
}
