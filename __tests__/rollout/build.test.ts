import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bundle } from '../../rollout/build';
import { ownImageRecipes } from '../../toolchain/own-images';

const folder = mkdtempSync(join(tmpdir(), 'rollout-'));
const program = join(folder, 'main.mjs');
let files: readonly string[];

beforeAll(async () => {
  files = await bundle(program);
}, 60_000);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('the bundle of the controller', () => {
  it('consists of files that are copied into its image, and of packages', () => {
    const base = 'debian';
    const recipes = ownImageRecipes({
      pythonBuild: base,
      python: base,
      nodeBuild: base,
      crane: base,
      workshop: base,
    });
    const copied = recipes['rollout-controller'].files ?? [];
    const given = (file: string) => copied.some((path) => file === path || file.startsWith(`${path}/`));
    const ours = files.filter((file) => !file.includes('node_modules/'));
    expect(ours).toContain('rollout/canary/watch.ts');
    expect(ours.filter((file) => !given(file))).toEqual([]);
  });

  it('starts on its own, and says which setting is missing', () => {
    const { status, stdout } = spawnSync(process.execPath, [program], { encoding: 'utf8', env: {} });
    expect(status).toBe(1);
    expect(stdout).toContain('PORT is nothing; expected a whole number from 1 to 65535');
  });

  it('includes the licences of its packages', () => {
    expect(readdirSync(join(folder, 'licenses'))).toEqual(
      expect.arrayContaining([expect.stringMatching(/^@kubernetes\/?/), expect.stringMatching(/^ajv@/)]),
    );
  });
});
