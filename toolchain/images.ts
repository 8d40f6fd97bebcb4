import { join } from 'node:path';
import type { ImageName } from '../contracts/images';
import { errors } from './errors';
import { IMAGE_ARCHIVE } from './image';
import type { ImageSource } from './source';
import { sources } from './sources';
import { defaultStore } from './store';

/** The reference that a pod uses. Needs neither network nor engine; our images are named by a hash of their inputs. */
export function imageReference(name: ImageName, source: ImageSource): string {
  return sources[source].images[name].reference;
}

/**
 * The docker-archive of an image.
 * @throws PreparationError notPrepared
 */
export function imageArchive(name: ImageName, source: ImageSource): string {
  const { recipe } = sources[source].images[name];
  const folder = defaultStore().find(recipe);
  if (folder === undefined) throw errors.notPrepared(`Image ${name}`);
  return join(folder, IMAGE_ARCHIVE);
}
