import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { bundle } from '../../quality/build';
import { ownImageRecipes } from '../../toolchain/own-images';

const folder = mkdtempSync(join(tmpdir(), 'quality-'));
const program = join(folder, 'main.mjs');
let files: readonly string[];

beforeAll(async () => {
  files = await bundle(program);
}, 60_000);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('the bundle', () => {
  it('consists of files that are copied into its image, and of packages', () => {
    const base = 'debian';
    const { quality } = ownImageRecipes({
      pythonBuild: base,
      python: base,
      nodeBuild: base,
      crane: base,
      workshop: base,
    });
    const given = (file: string) =>
      (quality.files ?? []).some((path) => file === path || file.startsWith(`${path}/`));
    const ours = files.filter((file) => !file.includes('node_modules/'));
    expect(ours).toContain('contracts/labels.ts');
    expect(ours.filter((file) => !given(file))).toEqual([]);
  });

  it('starts on its own, and says which setting is missing', () => {
    const { status, stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8', env: {} });
    expect(status).toBe(1);
    expect(stderr).toContain('environment variable QUALITY_DATABASE_URL cannot be used: got nothing');
  });

  it('includes the licences of its packages', () => {
    expect(readdirSync(join(folder, 'licenses'))).toEqual(
      expect.arrayContaining([expect.stringMatching(/^pg@/), expect.stringMatching(/^fastify@/)]),
    );
  });
});
