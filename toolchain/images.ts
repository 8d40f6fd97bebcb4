import { join } from 'node:path';
import type { ImageName } from '../contracts/images';
import { errors } from './errors';
import type { Recipe } from './artifact';
import { IMAGE_ARCHIVE, tagOf } from './image';
import { LAYER_ARCHIVE } from './layered-image';
import type { ImageSource, PlatformImage } from './source';
import { sources } from './sources';
import { defaultStore } from './store';

/** Every image that runs on the platform with a source. */
export function platformImages(source: ImageSource): readonly ImageName[] {
  return Object.keys(sources[source].images) as ImageName[];
}

/**
 * The reference that a pod uses. Needs neither network nor engine; our images are named by a hash of their inputs.
 * @throws PreparationError notInSource
 */
export function imageReference(name: ImageName, source: ImageSource): string {
  return imageOf(name, source).reference;
}

/** An image's `repository:tag` in a registry: our reference without its host. */
export function nameInRegistry(name: ImageName, source: ImageSource): string {
  return inRegistry(imageReference(name, source));
}

const inRegistry = (reference: string) => reference.slice(reference.indexOf('/') + 1);

function imageOf(name: ImageName, source: ImageSource): PlatformImage {
  const image = sources[source].images[name];
  if (image === undefined) throw errors.notInSource(name, source);
  return image;
}

/** Where an image is on this machine. */
export interface ImageFiles {
  /** Its docker-archive; of a layered image an OCI layout without its base. */
  readonly archive: string;
  /** Of a layered image: what it is a layer on, and that layer. */
  readonly layered?: {
    readonly base: string;
    /** The base's `repository:tag` in a registry. */
    readonly baseInRegistry: string;
    readonly baseArchive: string;
    readonly layer: string;
  };
}

/**
 * The files of an image.
 * @throws PreparationError notPrepared
 */
export function imageFiles(name: ImageName, source: ImageSource): ImageFiles {
  const { recipe } = imageOf(name, source);
  const folderOf = (each: Recipe) => {
    const folder = defaultStore().find(each);
    if (folder === undefined) throw errors.notPrepared(`Image ${name}`);
    return folder;
  };
  const { base } = recipe;
  const archive = join(folderOf(recipe), IMAGE_ARCHIVE);
  if (base === undefined) return { archive };
  return {
    archive,
    layered: {
      base: tagOf(base),
      baseInRegistry: inRegistry(tagOf(base)),
      baseArchive: join(folderOf(base), IMAGE_ARCHIVE),
      layer: join(folderOf(recipe), LAYER_ARCHIVE),
    },
  };
}
