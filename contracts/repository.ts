import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute folder of this checkout: the nearest parent of this file with a cdktf.json, also when bundled. */
export const ROOT = folderAbove(fileURLToPath(import.meta.url), 'cdktf.json');

function folderAbove(path: string, file: string): string {
  const folder = dirname(path);
  if (existsSync(join(folder, file))) return folder;
  if (folder === path)
    throw new Error(`no ${file} in any folder above; run from a checkout of this repository`);
  return folderAbove(folder, file);
}
