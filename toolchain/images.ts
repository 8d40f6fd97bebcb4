import { join } from 'node:path';
import type { ImageName } from '../contracts/images';
import { errors } from './errors';
import { IMAGE_ARCHIVE } from './image';
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
  const reference = imageReference(name, source);
  return reference.slice(reference.indexOf('/') + 1);
}

function imageOf(name: ImageName, source: ImageSource): PlatformImage {
  const image = sources[source].images[name];
  if (image === undefined) throw errors.notInSource(name, source);
  return image;
}

/**
 * The docker-archive of an image.
 * @throws PreparationError notPrepared
 */
export function imageArchive(name: ImageName, source: ImageSource): string {
  const { recipe } = imageOf(name, source);
  const folder = defaultStore().find(recipe);
  if (folder === undefined) throw errors.notPrepared(`Image ${name}`);
  return join(folder, IMAGE_ARCHIVE);
}
