import { existsSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { cacheFolder } from '../../toolchain/index';
import { engineInventory, platform } from './support/cluster';
import { mlops } from './support/platform';
import { expectThat } from '../support/expect-that';

let before: ReturnType<typeof engineInventory> | undefined;

/** The engine may be installed by the first `up` only: then there was nothing before. */
export function rememberBefore(): void {
  try {
    before = engineInventory();
  } catch {
    before = { containers: [], networks: ['podman'], volumes: [] };
  }
}

/** `make down` takes away everything that `make up` made. */
export function goesDown(): void {
  describe('going down', () => {
    it('leaves no container, network, volume or file', async () => {
      const { paths } = platform().config;
      const { output } = platform().terraform;
      const { exitCode, output: printed } = await mlops(['down']);
      expectThat(exitCode, printed).toBe(0);
      expect(engineInventory()).toEqual(before);
      expectThat(existsSync(paths.work), paths.work).toBe(false);
      expectThat(existsSync(output), output).toBe(false);
    });

    it('keeps the caches, and says where they are', async () => {
      const { exitCode, output } = await mlops(['down']);
      expect(exitCode).toBe(0);
      expect(output).toContain(cacheFolder());
      expect(existsSync(cacheFolder())).toBe(true);
    });
  });
}
