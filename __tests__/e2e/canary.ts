import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LEADER } from '../../contracts/claims';
import { recordDelivery } from '../../studies/recorder/delivery';
import { expectThat } from '../support/expect-that';
import { progress } from '../support/within';
import { predict } from './support/agreement';
import { beginsAndDies, ended, killController, state, whileCanary } from './support/canary-run';
import { api, planIsEmpty } from './support/cluster';
import { constantLoad, type ConstantLoad } from './support/constant-load';
import { controllerRights } from './support/controller-rights';
import { gateway, mlopsJson, mlopsSucceeds } from './support/platform';
import { registerSpoilt, type Fault } from './support/spoilt-version';
import { variedRequests } from './support/varied-requests';

/** Every fault and twenty kills, half an hour; otherwise one fault and three kills. */
const LONG = process.env.CANARY_E2E === 'long';
const FAULTS: readonly Fault[] = LONG
  ? ['errors', 'slow', 'constant', 'alarms', 'hang', 'crash']
  : ['errors'];
/** How often the controller is killed while good canaries go on. */
const KILLS = LONG ? 20 : 3;
/** The next one waits until the Lease of one that was killed expires, 15 s: less often, so that it has a look. */
const KILL_SECONDS = 23;
const MEASURED_BY = 'make delivery-e2e';
const RATE = 120;
const OFF_SECONDS = 45;
/** A command that only reads, on a machine that is busy. */
const COMMAND = { seconds: 120 };

interface HistoryEntry {
  readonly action: string;
  readonly version: string;
  readonly by: string;
  readonly verdict?: string;
  readonly reason?: string;
  readonly evidence?: readonly unknown[];
}

/** Canaries under load whose command line is dead: the controller promotes the good, and takes the bad off. */
export function canary(): void {
  describe('a canary that nobody’s command line watches', () => {
    let load: ConstantLoad;
    let champion = '';
    const offSeconds: Record<string, number> = {};

    beforeAll(async () => {
      champion = (await predict()).version ?? '';
      if (champion === '') throw new Error('no version serves: the gateway answers without x-model-version');
      progress(`version ${champion} serves; the load begins`);
      load = await constantLoad(`${gateway}/v2/models/fraud/infer`, variedRequests(), RATE);
    });

    afterAll(async () => {
      const { sent, failed, failures, versions, p50Ms, p99Ms } = await load.stop();
      process.stdout.write(
        `\n  load: ${JSON.stringify({ sent, failed, failures, versions, p50Ms, p99Ms })}\n`,
      );
      recordDelivery(
        'canaries',
        {
          canary_requests_sent: sent,
          failed_requests: failed,
          ...(Object.keys(offSeconds).length === 0
            ? {}
            : { bad_canary_off_s: Math.max(...Object.values(offSeconds)) }),
          ...Object.fromEntries(
            Object.entries(offSeconds).map(([fault, seconds]) => [`${fault}_off_s`, seconds]),
          ),
        },
        MEASURED_BY,
      );
    });

    it.each(FAULTS)(
      'is taken off: %s',
      async (fault) => {
        const version = await registerSpoilt('fraud', champion, fault);
        const run = await beginsAndDies(version);
        await ended(run, 180);
        offSeconds[fault] = run.offSeconds();
        progress(`${fault}: off after ${offSeconds[fault].toFixed(1)} s`);
        expectThat(
          (await state()).versions.find((each) => each.version === champion)?.weight,
          'champion',
        ).toBe(100);
        const last = (await mlopsJson<HistoryEntry[]>(['history', 'fraud'], COMMAND)).at(-1);
        expect(last).toMatchObject({ action: 'rollback', version: champion });
        expect(last?.by).toMatch(/^rollout-controller@/);
        expect(last?.evidence?.length).toBeGreaterThan(0);
        expect(await planIsEmpty('serving')).toBe(true);
        expect(offSeconds[fault]).toBeLessThanOrEqual(OFF_SECONDS);
      },
      1_200_000,
    );

    it(
      'is promoted when it is good, however often the controller is killed',
      async () => {
        let killed = 0;
        for (let round = 0; killed < KILLS; round += 1) {
          expect(round).toBeLessThan(KILLS);
          const version = await registerSpoilt('fraud', champion, 'none');
          const run = await beginsAndDies(version);
          expect(run.said).toMatch(/by the prediction log: .*missed \d+ against \d+ of \d+/);
          expect(run.said).toMatch(/warmed version \d+ up with 400 logged rows\n/);
          const moments = Array.from(
            { length: KILLS - killed },
            (_, at) => 2 + 4 * round + KILL_SECONDS * at,
          );
          killed += await whileCanary(run, moments, killController);
          await ended(run, 900);
          expect((await state()).versions.find((each) => each.version === version)?.weight).toBe(100);
          const entries = await mlopsJson<HistoryEntry[]>(['history', 'fraud'], COMMAND);
          const own = entries.slice(entries.findLastIndex(({ action }) => action === 'canary'));
          expect(own.map(({ action }) => action)).toEqual(['canary', 'step', 'deploy']);
          expect(own.at(-1)).toMatchObject({
            version,
            verdict: expect.stringMatching(/^(no-worse|better)$/),
          });
          expect(await planIsEmpty('serving')).toBe(true);
        }
        recordDelivery('canaries', { controller_kills: killed }, MEASURED_BY);
      },
      45 * 60_000,
    );

    it('leaves Kubernetes events that say what was decided', async () => {
      const { core } = api();
      const { items } = await core.listNamespacedEvent({
        namespace: LEADER.namespace,
        fieldSelector: 'involvedObject.name=release-list',
      });
      const reasons = items.map(({ reason }) => reason);
      expect(reasons).toEqual(expect.arrayContaining(['CanaryRolledBack', 'CanaryPromoted']));
    });

    it('is watched by a controller that may change the traffic, and nothing else', async () => {
      const { asked, wrong } = await controllerRights();
      expect(asked).toBeGreaterThan(100);
      expect(wrong).toEqual([]);
    });

    it('is watched by a controller that keeps within its memory', async () => {
      const { core } = api();
      const { items } = await core.listNamespacedPod({
        namespace: LEADER.namespace,
        labelSelector: `app.kubernetes.io/name=${LEADER.name}`,
      });
      const reasons = items.flatMap(({ status }) =>
        (status?.containerStatuses ?? []).map(({ lastState }) => lastState?.terminated?.reason),
      );
      expect(reasons).not.toContain('OOMKilled');
    });

    it('costs no client a request', async () => {
      // Back to where the other rooms begin.
      await mlopsSucceeds(['rollback', 'fraud', '--to', champion], { seconds: 420 });
      const { failures, failed, sent } = await load.stop();
      expect(failures).toEqual([]);
      expect(failed).toBe(0);
      expect(sent).toBeGreaterThan(1000);
    });
  });
}
