import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { cacheFolder } from '../../toolchain/index';
import { STACKS } from '../../cli/src/commands/up';
import { expectAgreementOn, predict } from './support/agreement';
import { cacheIsEmpty } from './support/cache';
import { engine, nodeMemoryMib, platform } from './support/cluster';
import { command, mlops, name } from './support/platform';
import { MEASURED_BY, record } from '../../studies/recorder/platform-up';
import { recordSteps, stepTimes } from '../../studies/recorder/step-times';
import { expectThat } from '../support/expect-that';

/** What the README promises of the node's cgroup, caches that the kernel may drop left out; 250 of them for the CI. */
const REST_MIB = 2560 + 250;

/** From nothing to an answer, with one command. */
export function comesUp(): void {
  describe('the platform', () => {
    it('comes up with one command and answers', async () => {
      const cold = cacheIsEmpty(cacheFolder());
      const { exitCode, seconds, output } = await mlops(['up']);
      expectThat(exitCode, output).toBe(0);
      record({ [cold ? 'up_cold_s' : 'up_warm_s']: seconds }, MEASURED_BY);
      recordSteps(cold ? 'cold' : 'warm', stepTimes(output), MEASURED_BY);
      expect(await predict()).toMatchObject({ status: 200, version: '1' });
    });

    it('gives each row of the example a probability', async () => {
      const { scores } = await predict();
      expect(scores.length).toBeGreaterThan(1);
      for (const score of scores) {
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
      }
    });

    it('comes up again without changing anything', async () => {
      const { exitCode, output } = await mlops(['up']);
      expectThat(exitCode, output).toBe(0);
      for (const stack of STACKS) expectThat(await platform().terraform.planIsEmpty(stack), stack).toBe(true);
    });

    it('is what `npx cdktf deploy` would make: a no-op', async () => {
      const { exitCode, output } = await command('npx', [
        'cdktf',
        'deploy',
        '*',
        '--auto-approve',
        '--output',
        platform().terraform.output,
      ]);
      expectThat(exitCode, output).toBe(0);
      expectThat(output.match(/No changes\./g)?.length, output).toBe(STACKS.length);
    });

    it('keeps no layer of a loaded image beside its files', () => {
      const content = engine(
        'exec',
        `${name}-control-plane`,
        'ctr',
        '--namespace',
        'k8s.io',
        'content',
        'list',
      );
      const layers = content.split('\n').filter((line) => line.includes('containerd.io/uncompressed'));
      // Those of pulled images name where they came from.
      expect(layers.filter((line) => !line.includes('distribution.source'))).toEqual([]);
    });

    it('rests within its memory', async () => {
      await sleep(20_000);
      const mib = nodeMemoryMib();
      record({ rest_mib: mib }, MEASURED_BY);
      // Below the first bound nothing runs, or the measurement is wrong.
      expect(mib).toBeGreaterThan(500);
      expect(mib).toBeLessThanOrEqual(REST_MIB);
    });

    it('has nothing to roll back to yet', async () => {
      const { exitCode, output } = await mlops(['rollback', 'fraud']);
      expect(exitCode).toBe(4);
      expect(output).toContain('Model fraud has no earlier version to roll back to.');
      await expectAgreementOn('1');
    });
  });
}
