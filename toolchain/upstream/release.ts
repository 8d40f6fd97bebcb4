import { createHash } from 'node:crypto';
import { chmodSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Recipe } from '../artifact';
import { errors } from '../errors';
import { imagePlatform, type Platform } from '../platform';
import { execute } from '../process';
import type { Program } from '../source';
import { download } from '../web';

/** A program on its project's release page, for one platform. */
export interface Release {
  readonly version: string;
  readonly url: string;
  /** Address of a file in the format of sha256sum. */
  readonly checksums: string;
  /** Path of the program inside the archive; undefined when the download is the program. */
  readonly member?: string;
}

/** A program from its project's release page, verified against the checksum published there. */
export function released(name: string, release: Release, platform: Platform): Program {
  const { version, url, checksums, member } = release;
  const recipe: Recipe = {
    // On a Mac, programs for the machine and for images are two.
    id: `released-${name}-${platform.os}-${platform.arch}`,
    title: `download ${name} ${version} for ${imagePlatform(platform)}`,
    settings: { url },
    build: async ({ folder, report, signal }) => {
      report(url);
      const content = await download(url, signal);
      const expected = checksumOf(url, (await download(checksums, signal)).toString('utf8'));
      const actual = createHash('sha256').update(content).digest('hex');
      if (actual !== expected) throw errors.wrongChecksum(url, actual, expected, `published in ${checksums}`);
      const target = join(folder, name);
      writeFileSync(target, content);
      if (member !== undefined) {
        await execute('tar', ['-xzf', target, '-C', folder, member], { signal });
        renameSync(join(folder, member), target);
      }
      chmodSync(target, 0o755);
    },
  };
  return { recipe, file: name };
}

function checksumOf(url: string, list: string): string {
  const file = url.slice(url.lastIndexOf('/') + 1);
  const line = list.split('\n').find((each) => each.trim().endsWith(file));
  return line?.trim().split(/\s+/)[0] ?? `no checksum of ${file}`;
}
