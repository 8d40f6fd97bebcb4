import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { listFiles } from '../contracts/files';
import { keyOf, type Build, type Recipe } from './artifact';
import {
  buildImage,
  hasImage,
  importRoot,
  loadImage,
  removeImage,
  requireEngine,
  saveImages,
  type Engine,
} from './engine';
import { buildSecrets, proxies } from './package-registries';
import type { PlatformImage } from './source';
import { ROOT } from '../contracts/repository';

/** File name of the docker-archive inside an image's artifact. */
export const IMAGE_ARCHIVE = 'image.tar';

/** The base of an image: a published image, or a root file system in an artifact. */
export type Base = string | RootBase;

export interface RootBase {
  readonly recipe: Recipe;
  /** Archive inside the artifact. */
  readonly archive: string;
}

export interface ImageProps {
  /** Name under localhost/mlops. */
  readonly name: string;
  /** The Dockerfile, as a path from the root of this repository. */
  readonly dockerfile: string;
  /** Files of the build context: path there → path in this repository. */
  readonly context?: Readonly<Record<string, string>>;
  /** Files written into the build context: path there → text. */
  readonly texts?: Readonly<Record<string, string>>;
  /** Programs put into the build context: path there → artifact and the file in it. */
  readonly programs?: Readonly<Record<string, { readonly recipe: Recipe; readonly file: string }>>;
  /** Whole artifacts put into the build context's folder `artifacts`, named as in the cache. @default none */
  readonly artifacts?: readonly Recipe[];
  /** Build argument → base. */
  readonly bases: Readonly<Record<string, Base>>;
}

/** The reference of an image that a recipe makes. */
export function tagOf(recipe: Recipe): string {
  return `localhost/mlops/${recipe.id.replace(/^image-/, '')}:${keyOf(recipe)}`;
}

/** An image made here. Its name is a hash of many files, which most commands have no need to read. */
export function ownImage(recipe: Recipe): PlatformImage {
  return {
    get reference() {
      return tagOf(recipe);
    },
    recipe,
  };
}

/** An image made from a Dockerfile of this repository, kept as a docker-archive. */
export function dockerfileImage(props: ImageProps): Recipe {
  const { name, dockerfile, context = {}, texts = {}, programs = {}, artifacts = [], bases } = props;
  const roots = Object.values(bases).filter((base) => typeof base !== 'string');
  const published = Object.entries(bases).filter(([, base]) => typeof base === 'string') as [
    string,
    string,
  ][];
  const recipe: Recipe = {
    id: `image-${name}`,
    title: `build image ${name}`,
    files: [dockerfile, ...Object.values(context)],
    settings: { ...Object.fromEntries(published), ...prefixed('text ', texts) },
    needs: [
      ...roots.map((base) => base.recipe),
      ...Object.values(programs).map((program) => program.recipe),
      ...artifacts,
    ],
    heavy: true,
    build: async (build) => {
      const engine = requireEngine();
      const { folder, input, report, signal } = build;
      const place = join(folder, 'context');
      const secrets = join(folder, 'secrets');
      copyContext(place, { Dockerfile: dockerfile, ...context }, texts);
      for (const [path, { recipe: from, file }] of Object.entries(programs)) {
        cpSync(join(input(from), file), join(place, path));
      }
      for (const each of artifacts) {
        const target = join(place, 'artifacts', `${each.id}-${keyOf(each)}`);
        cpSync(input(each), target, { recursive: true, verbatimSymlinks: true });
      }
      const args: Record<string, string> = {};
      for (const [argument, base] of Object.entries(bases)) {
        args[argument] = typeof base === 'string' ? base : await ensureRoot(engine, base, build);
      }
      const tag = tagOf(recipe);
      await buildImage(
        engine,
        { context: place, tag, args: { ...proxies(), ...args }, secrets: buildSecrets(secrets) },
        { report, signal },
      );
      await saveImages(engine, [tag], join(folder, IMAGE_ARCHIVE), { report, signal });
      await removeImage(engine, tag);
      for (const each of [place, secrets]) rmSync(each, { recursive: true, force: true });
    },
  };
  return recipe;
}

const prefixed = (prefix: string, values: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [`${prefix}${key}`, value]));

/** Copies exactly the files that the key covers. */
function copyContext(
  place: string,
  context: Readonly<Record<string, string>>,
  texts: Readonly<Record<string, string>>,
): void {
  for (const [target, source] of Object.entries(context)) {
    for (const { path, mode, content } of listFiles(ROOT, source)) {
      const file = join(place, target, path.slice(source.length));
      mkdirSync(dirname(file), { recursive: true });
      if (mode === 'link') symlinkSync(content.toString(), file);
      else writeFileSync(file, content, { mode: mode === '0755' ? 0o755 : 0o644 });
    }
  }
  for (const [target, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(place, target)), { recursive: true });
    writeFileSync(join(place, target), text);
  }
}

/** Ensures that the engine holds a root file system as an image. @returns the image's reference */
export async function ensureRoot(
  engine: Engine,
  { recipe, archive }: RootBase,
  build: Build,
): Promise<string> {
  const tag = tagOf(recipe);
  if (!hasImage(engine, tag)) await importRoot(engine, join(build.input(recipe), archive), tag, build);
  return tag;
}

/** Ensures that the engine holds an image whose archive is an artifact. */
export async function ensureLoaded(
  tag: string,
  folder: string,
  call: { report: (line: string) => void; signal: AbortSignal },
): Promise<void> {
  const archive = join(folder, IMAGE_ARCHIVE);
  if (existsSync(archive)) await loadImage(requireEngine(), tag, archive, call);
}
