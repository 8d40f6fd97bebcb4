import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { withStateLock } from '../../cli/src/state-lock';
import { STATE_LOCK, stateLockName } from '../../contracts/claims';
import { SERVICE } from '../../contracts/services';
import { recordDelivery } from '../../studies/recorder/delivery';
import { expectThat } from '../support/expect-that';
import { quantile } from '../support/quantile';
import { progress } from '../support/within';
import { predict } from './support/agreement';
import { constantLoad } from './support/constant-load';
import { planIsEmpty, platform, scale } from './support/cluster';
import { gateway, mlopsSucceeds } from './support/platform';
import { withSecondVersion, type TwoVersions } from './support/second-version';
import { variedRequests } from './support/varied-requests';

const MEASURED_BY = 'make delivery-e2e';
/** Requests a second. */
const RATE = 120;
/** A rollback that waited for the lock would take five minutes. */
const COMMAND = { seconds: 120 };
/** Time for the last answers of the version that was replaced, milliseconds. */
const LAST_ANSWERS_MS = 2_000;
/** What rollbacks took when they went through Terraform, p95. */
const THROUGH_TERRAFORM_S = 6.5;

/** Rollbacks to a version that runs, while nobody can use Terraform or MLflow. */
export function lockedRollbacks(times: number): void {
  describe('a rollback while Terraform’s lock is held and MLflow is down', () => {
    let versions: TwoVersions | undefined;

    beforeAll(async () => {
      versions = await withSecondVersion();
      await scale(SERVICE.mlflow, 0);
    });

    afterAll(async () => {
      await scale(SERVICE.mlflow, 1);
      // Back to where the other parts begin, the alias in MLflow included.
      if (versions !== undefined && (await predict()).version !== versions.first)
        await mlopsSucceeds(['rollback', 'fraud', '--to', versions.first], COMMAND);
    });

    /** Somebody else's lock of the serving stack: of this process, which lives. */
    function locked<T>(work: () => Promise<T>): Promise<T> {
      const request = {
        stack: 'serving',
        operation: 'OperationTypeApply',
        folder: '/a/checkout/of/somebody/else',
        command: 'terraform apply',
        signal: new AbortController().signal,
        report: progress,
      };
      return withStateLock(platform().kubernetes(), request, work);
    }

    async function lockHolder(): Promise<string | undefined> {
      const { namespace } = STATE_LOCK;
      const lease = await platform()
        .kubernetes()
        .coordination.readNamespacedLease({ name: stateLockName('serving'), namespace });
      return lease.spec?.holderIdentity;
    }

    it('takes seconds, and costs no request', async () => {
      const { first = '', second = '' } = versions ?? {};
      const load = await constantLoad(`${gateway}/v2/models/fraud/infer`, variedRequests(), RATE);
      const seconds: number[] = [];
      const rollBack = async () => {
        const holder = await lockHolder();
        expectThat(holder, 'whoever holds the lock of stack serving').toBeTruthy();
        for (let round = 0; round < times; round += 1) {
          const [from, to] = round % 2 === 0 ? [second, first] : [first, second];
          const started = Date.now();
          await mlopsSucceeds(['rollback', 'fraud', '--to', to], COMMAND);
          await sleep(LAST_ANSWERS_MS);
          const last = load.lastAnswerOf(from);
          expectThat(last, `the last answer of version ${from}`).toBeGreaterThan(started);
          seconds.push(((last ?? Number.NaN) - started) / 1000);
          expectThat(
            load.lastAnswerOf(to),
            `the last answer of version ${to} against that of ${from}`,
          ).toBeGreaterThan(last ?? 0);
          progress(
            `rollback ${String(round + 1)} of ${String(times)}: ${seconds.at(-1)?.toFixed(2) ?? '-'} s`,
          );
        }
        expectThat(await lockHolder(), 'whoever holds the lock afterwards').toBe(holder);
      };
      await locked(rollBack).finally(() => load.stop());
      const { sent, failed, failures, seconds: loaded } = await load.stop();
      recordDelivery(
        'rollbacks',
        {
          rollbacks: seconds.length,
          rollback_p50_s: quantile(seconds, 0.5),
          rollback_p95_s: quantile(seconds, 0.95),
          rollback_requests_per_s: sent / loaded,
          rollback_failed_requests: failed,
        },
        MEASURED_BY,
      );
      expect(failures).toEqual([]);
      expect(failed).toBe(0);
      expect(sent / loaded).toBeGreaterThan(100);
      expect(quantile(seconds, 0.95)).toBeLessThan(THROUGH_TERRAFORM_S);
    });

    it('leaves nothing for Terraform to change', async () => {
      expect(await planIsEmpty('serving')).toBe(true);
    });
  });
}
