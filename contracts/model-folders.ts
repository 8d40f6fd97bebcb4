import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './repository';

/** Search depth below the root: enough for teams/<team>/models/<name>, without walking through data. */
export const MODEL_FOLDER_DEPTH = 4;

const SKIPPED = /^(\..*|__.*__|node_modules|dist)$/;

/**
 * Folders of the repository with a model.yaml, as paths from its root, sorted, without tests and hidden folders.
 * All of them go into the training image, so that it does not depend on which platform.yaml is in use.
 */
export function modelFolders(root: string = ROOT, path = '', depth = MODEL_FOLDER_DEPTH): readonly string[] {
  if (path !== '' && existsSync(join(root, path, 'model.yaml'))) return [path];
  if (depth === 0) return [];
  return readdirSync(join(root, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !SKIPPED.test(entry.name))
    .map(({ name }) => (path === '' ? name : `${path}/${name}`))
    .sort()
    .flatMap((below) => modelFolders(root, below, depth - 1));
}
