import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listFiles, type SourceFile } from '../contracts/files';
import { ROOT } from '../contracts/repository';
import { keyOf, type Build, type Recipe } from './artifact';
import { IMAGE_ARCHIVE, tagOf } from './image';
import { tar, tarMembers, type TarEntry } from './tar';

/** File name of the layer inside a layered image's artifact. */
export const LAYER_ARCHIVE = 'layer.tar';

const TYPE = {
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
} as const;

export interface LayeredImageProps {
  /** Name under localhost/mlops. */
  readonly name: string;
  /** An image with a Dockerfile. */
  readonly base: Recipe;
  /** Files of the layer: path in the image → path in this repository. */
  readonly context: Readonly<Record<string, string>>;
  /** Files of the layer that are made of those: path in the image → what writes one. They are newer than the others. */
  readonly made?: Readonly<Record<string, (file: string, build: Build) => Promise<void>>>;
}

/** Part of an image's configuration that a layer changes. Source: OCI image specification, config.md. */
interface ImageConfiguration {
  readonly rootfs: { readonly type: string; readonly diff_ids: readonly string[] };
  readonly history?: readonly object[];
}

/**
 * An image that is another one and one layer, made without a container engine. Its archive is an OCI layout of what the
 * other one lacks: a node that has unpacked the other one needs no more.
 */
export function layeredImage({ name, base, context, made = {} }: LayeredImageProps): Recipe {
  const recipe: Recipe = {
    id: `image-${name}`,
    title: `build image ${name}`,
    files: Object.values(context),
    settings: { made: Object.keys(made).sort().join(' ') },
    needs: [base],
    base,
    build: async (build) => {
      const entries = Object.entries(context).flatMap(([target, path]) =>
        listFiles(ROOT, path).map((file) => entryOf(`${target}${file.path.slice(path.length)}`, file)),
      );
      const drafts = join(build.folder, 'made');
      mkdirSync(drafts);
      for (const [index, [path, make]] of Object.entries(made).entries()) {
        const file = join(drafts, String(index));
        await make(file, build);
        entries.push({ path, mode: 0o644, content: readFileSync(file), mtime: 1 });
      }
      rmSync(drafts, { recursive: true });
      const layer = tar([...foldersOf(entries), ...entries]);
      writeFileSync(join(build.folder, LAYER_ARCHIVE), layer);
      const archive = layout(join(build.input(base), IMAGE_ARCHIVE), layer, tagOf(recipe), keyOf(recipe));
      writeFileSync(join(build.folder, IMAGE_ARCHIVE), archive);
    },
  };
  return recipe;
}

function entryOf(path: string, { mode, content }: SourceFile): TarEntry {
  return mode === 'link'
    ? { path, mode: 0o777, link: content.toString() }
    : { path, mode: mode === '0755' ? 0o755 : 0o644, content };
}

/** Every folder above the entries, outer ones first. */
function foldersOf(entries: readonly TarEntry[]): readonly TarEntry[] {
  const paths = new Set<string>();
  for (const { path } of entries)
    for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1))
      paths.add(path.slice(0, slash + 1));
  return [...paths].sort().map((path) => ({ path, mode: 0o755 }));
}

/** The OCI layout of an image without the layers of its base. Source: OCI image specification, image-layout.md. */
function layout(baseArchive: string, layer: Buffer, reference: string, tag: string): Buffer {
  const { config, sizes } = imageIn(baseArchive);
  const blobs: TarEntry[] = [];
  const store = (mediaType: string, content: Buffer) => {
    blobs.push({ path: `blobs/sha256/${hash(content)}`, mode: 0o644, content });
    return { mediaType, digest: `sha256:${hash(content)}`, size: content.length };
  };
  const added = store(TYPE.layer, layer);
  const changed: ImageConfiguration = {
    ...config,
    rootfs: { ...config.rootfs, diff_ids: [...config.rootfs.diff_ids, added.digest] },
    history: [...(config.history ?? []), { created_by: reference }],
  };
  const manifest = store(
    TYPE.manifest,
    json({
      schemaVersion: 2,
      mediaType: TYPE.manifest,
      config: store(TYPE.config, json(changed)),
      layers: [
        ...config.rootfs.diff_ids.map((digest, index) => ({
          mediaType: TYPE.layer,
          digest,
          size: sizes[index] ?? 0,
        })),
        added,
      ],
    }),
  );
  const annotations = {
    'io.containerd.image.name': reference,
    'org.opencontainers.image.ref.name': tag,
  };
  const index = { schemaVersion: 2, mediaType: TYPE.index, manifests: [{ ...manifest, annotations }] };
  return tar([
    { path: 'oci-layout', mode: 0o644, content: json({ imageLayoutVersion: '1.0.0' }) },
    { path: 'index.json', mode: 0o644, content: json(index) },
    { path: 'blobs/', mode: 0o755 },
    { path: 'blobs/sha256/', mode: 0o755 },
    ...blobs,
  ]);
}

/** The configuration of the image in a docker-archive, and the sizes of its layers. */
function imageIn(archive: string): {
  readonly config: ImageConfiguration;
  readonly sizes: readonly number[];
} {
  const members = tarMembers(archive);
  const member = (name: string) => {
    const found = members.get(name);
    if (found === undefined) throw new Error(`${archive} holds no ${name}: it is no docker-archive`);
    return found;
  };
  const parsed = (name: string) => JSON.parse(member(name).read().toString()) as unknown;
  const [image] = parsed('manifest.json') as { Config: string; Layers: string[] }[];
  if (image === undefined) throw new Error(`${archive} holds no image`);
  return {
    config: parsed(image.Config) as ImageConfiguration,
    // An engine may write a link for a layer that is there twice.
    sizes: image.Layers.map((layer) => members.get(layer)?.size ?? 0),
  };
}

const hash = (content: Buffer) => createHash('sha256').update(content).digest('hex');
const json = (value: object) => Buffer.from(JSON.stringify(value));
