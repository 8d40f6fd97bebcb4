import { ContentHash, listFiles } from '../contracts/files';
import { containerPlatform } from './platform';
import { ROOT } from '../contracts/repository';

/** Input of a recipe's build. */
export interface Build {
  /** Empty folder to fill; becomes the artifact when the build returns. */
  readonly folder: string;
  /** Folder of a recipe that this one needs. */
  readonly input: (recipe: Recipe) => string;
  /** Shows one line of progress. */
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

/** How to build one artifact: a folder in the cache, named by a hash of its inputs. */
export interface Recipe {
  /** Unique, kebab-case: the artifact's name. */
  readonly id: string;
  /** Shown in task lists, e.g. `build kind`. */
  readonly title: string;
  /** Files and folders of this repository that go in, as paths from its root. */
  readonly files?: readonly string[];
  /** Everything else that affects the result: versions, flags, package lists. */
  readonly settings: Readonly<Record<string, string>>;
  readonly needs?: readonly Recipe[];
  /** Of an image that is one layer on another one: that one. It is needed, too. */
  readonly base?: Recipe;
  /** Keeps a core busy for seconds or more. @default false */
  readonly heavy?: boolean;
  build(build: Build): Promise<void>;
}

const known = new WeakMap<Recipe, string>();

/**
 * The key of a recipe: equal on two machines if and only if files, settings and architecture are equal.
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
  const hash = new ContentHash().add('id', recipe.id);
  // amd64 goes without saying: caches and registries hold keys from before there was another.
  if (containerPlatform.arch !== 'amd64') hash.add('architecture', containerPlatform.arch);
  for (const [name, value] of Object.entries(recipe.settings).sort(byName)) hash.add('setting', name, value);
  for (const path of [...(recipe.files ?? [])].sort()) hash.addFiles(listFiles(root, path));
  const needed = (recipe.needs ?? []).map((need) => [need.id, computeNeed(need, root)] as const);
  for (const [id, key] of [...needed].sort(byName)) hash.add('need', id, key);
  return hash.digest();
}

function computeNeed(need: Recipe, root: string): string {
  return root === ROOT ? keyOf(need) : computeKey(need, root);
}

const byName = (a: readonly [string, string], b: readonly [string, string]) => (a[0] < b[0] ? -1 : 1);
