import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readReleases } from '../../rollout/kubernetes/release-document';
import { NAMESPACE } from '../../contracts/namespaces';
import { serving, stateOf } from '../../rollout/releases';
import { recordConcurrency } from '../../studies/recorder/concurrency';
import { expectAgreementOn } from './support/agreement';
import { constantLoad, type ConstantLoad } from './support/constant-load';
import { platform } from './support/cluster';
import { killTree } from './support/kill-tree';
import { command, exampleRequest, gateway, mlops, mlopsJson, mlopsSucceeds, root } from './support/platform';

const MEASURED_BY = 'make e2e';
const ROUNDS = 20;
/** Requests per second. */
const RATE = 60;

const state = async () => stateOf(await readReleases(platform().kubernetes()), 'fraud');
const current = async () => serving(await state())?.version ?? 'none';

/** Commands that would each succeed if they were alone, whichever of 1 and 2 serves. */
function pair(round: number, serves: string): readonly [string[], string[]] {
  const other = serves === '1' ? '2' : '1';
  const deploy = ['deploy', `fraud@${other}`];
  const rollback = ['rollback', 'fraud', '--to', other];
  const pairs = [
    [deploy, deploy],
    [deploy, rollback],
    [rollback, rollback],
  ] as const;
  return pairs[round % 3] ?? pairs[0];
}

/** Starts with versions 1 and 2 having served. Leaves version 1 serving, version 2 as its standby. */
export function concurrency(): void {
  describe('two commands at once', () => {
    let load: ConstantLoad;
    const tally = { rounds: 0, winners: 0, both_failed: 0 };

    beforeAll(async () => {
      if ((await current()) === '1') await mlopsSucceeds(['deploy', 'fraud@2']);
      load = await constantLoad(`${gateway}/v2/models/fraud/infer`, exampleRequest, RATE);
    });

    afterAll(async () => {
      const summary = await load.stop();
      recordConcurrency({ ...tally, failed_requests: summary.failed, requests: summary.sent }, MEASURED_BY);
    });

    it('have one winner; the other changes nothing and ends with 6', async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const before = await state();
        const [a, b] = pair(round, serving(before)?.version ?? '');
        const outcomes = await Promise.all([mlops(a), mlops(b)]);
        const codes = outcomes.map(({ exitCode }) => exitCode).sort();
        const winners = codes.filter((code) => code === 0).length;
        tally.rounds += 1;
        tally.winners += winners;
        if (winners === 0) tally.both_failed += 1;
        expect(codes).toEqual([0, 6]);
        const after = await state();
        expect(after.entries).toHaveLength(before.entries.length + 1);
        expect(serving(after)?.version).not.toBe(serving(before)?.version);
      }
      await expectAgreementOn(await current());
    });

    it('cost no request', async () => {
      const summary = await load.stop();
      expect(summary.failures).toEqual([]);
      expect(summary.failed).toBe(0);
    });
  });

  describe('a deployment that is killed while Helm works', () => {
    it('is healed by the next one', async () => {
      // A version that does not run: its pods have to be started.
      const { version } = await mlopsJson<{ version: string }>(['train', 'fraud']);
      const served = await current();
      const helmStatus = async () => {
        const { items } = await platform()
          .kubernetes()
          .core.listNamespacedSecret({
            namespace: NAMESPACE.serving,
            labelSelector: `owner=helm,name=fraud-v${version}`,
          });
        return items[0]?.metadata?.labels?.status;
      };
      let pid: number | undefined;
      const deployment = command(join(root, 'mlops'), ['deploy', `fraud@${version}`], {
        onLine: (_, child) => (pid = child.pid),
      });
      const deadline = Date.now() + 120_000;
      while ((await helmStatus()) !== 'pending-install' && Date.now() < deadline) await sleep(50);
      killTree(pid ?? 0);
      expect((await deployment).exitCode).not.toBe(0);
      expect(await helmStatus()).toBe('pending-install');
      expect(await current()).toBe(served);
      await mlopsSucceeds(['deploy', `fraud@${version}`]);
      await expectAgreementOn(version);
      // Back to 1 and 2, as the tests that follow expect it.
      await mlopsSucceeds(['deploy', 'fraud@2']);
      await mlopsSucceeds(['deploy', 'fraud@1']);
      await expectAgreementOn('1');
    });
  });
}
