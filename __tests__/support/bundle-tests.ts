import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bundle } from '../../images/bundle';
import { missingInImage } from './image-files';

export interface BundleOfAnImage {
  readonly image: 'quality' | 'rollout-controller';
  readonly entry: string;
  /** A file of this repository that it must hold. */
  readonly holds: string;
  /** What it says without settings. */
  readonly says: {
    readonly stream: keyof SpawnSyncReturns<string> & ('stdout' | 'stderr');
    readonly text: string;
  };
  readonly packages: readonly RegExp[];
}

/** What must be true of every program that `images/bundle.ts` makes. */
export function bundleTests({ image, entry, holds, says, packages }: BundleOfAnImage): void {
  describe(`the bundle in image ${image}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
    const program = join(folder, 'main.mjs');
    let files: readonly string[];

    beforeAll(async () => {
      files = await bundle(entry, program);
    }, 60_000);
    afterAll(() => {
      rmSync(folder, { recursive: true });
    });

    it('consists of files that are copied into its image, and of packages', () => {
      expect(files).toContain(holds);
      expect(missingInImage(image, files)).toEqual([]);
    });

    it('starts on its own, and says which setting is missing', () => {
      const ran = spawnSync(process.execPath, [program], { encoding: 'utf8', env: {} });
      expect(ran.status).toBe(1);
      expect(ran[says.stream]).toContain(says.text);
    });

    it('includes the licences of its packages', () => {
      expect(readdirSync(join(folder, 'licenses'))).toEqual(
        expect.arrayContaining(packages.map((each) => expect.stringMatching(each))),
      );
    });
  });
}
