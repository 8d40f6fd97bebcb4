import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { withMlflow } from '../../cli/src/session';
import { NAMESPACE } from '../../contracts/namespaces';
import { SERVICE } from '../../contracts/services';
import { recordCi } from '../../studies/recorder/ci';
import { waitFor } from '../support/wait-for';
import { expectAgreementOn, predict } from './support/agreement';
import { platform, scale } from './support/cluster';
import { mlops } from './support/platform';
import { ask, killMaster, runnerPods, settled } from './ci/builds';

/** Within which a build ends once its runner cannot work. */
const FINAL_SECONDS = 60;
/** Longer than a build's first steps. */
const DOWN = 30_000;
/** The start of a pod, and patience with an image that a registry may yet have. */
const STARTED = 120_000;
const settings = { name: SERVICE.ci.service, namespace: NAMESPACE.ci };

interface PodSettings {
  pods: { image: string; size: { memory: string } };
}

/** Changes what the master knows of its runners, and waits until it has read it. */
async function withPodSettings(change: (pods: PodSettings['pods']) => void): Promise<() => Promise<void>> {
  const { core } = platform().kubernetes();
  const { data } = await core.readNamespacedConfigMap(settings);
  const before = data?.['settings.json'] ?? '';
  const document = JSON.parse(before) as PodSettings;
  change(document.pods);
  const write = async (text: string) => {
    const body = [{ op: 'replace', path: '/data/settings.json', value: text }];
    await core.patchNamespacedConfigMap({ ...settings, body });
    await killMaster();
  };
  await write(JSON.stringify(document));
  return () => write(before);
}

const runs = async () => {
  expect(await runnerPods()).not.toEqual([]);
};

const force = (model = 'fraud') => ask((ci) => ci.force('train', { model, reason: 'cluster tests' }));

/** Runners that cannot work, and services that builds need: a clear end, nothing changed, and a retry that works. */
export function lostRunners(): void {
  describe('a build that cannot work', () => {
    let restore: (() => Promise<void>) | undefined;

    afterEach(async () => {
      await restore?.();
      restore = undefined;
    });

    it.each([
      {
        what: 'an image that nobody has',
        change: (pods: PodSettings['pods']) => (pods.image = 'registry.mlops:5000/nothing:1'),
        says: /image cannot be pulled.*registry\.mlops:5000\/nothing:1/,
        figure: 'unpullable_to_final_s',
      },
      {
        what: 'less memory than it needs',
        change: (pods: PodSettings['pods']) => (pods.size.memory = '24Mi'),
        says: /ran out of memory.*limit of 24Mi.*raise sizes\.ciRunner\.memory/,
        figure: 'out_of_memory_to_final_s',
      },
    ])('because of $what ends with the reason, once', async ({ change, says, figure }) => {
      const { version } = await predict();
      restore = await withPodSettings(change);
      const request = await force();
      await waitFor(runs, { timeout: STARTED, interval: 200 });
      const since = Date.now();
      const attempts = await settled(request, STARTED);
      const seconds = (Date.now() - since) / 1000;
      recordCi({ [figure]: seconds }, 'make e2e-ci');
      expect(attempts.map(({ outcome }) => outcome)).toEqual(['exception']);
      expect(attempts[0]?.state).toMatch(says);
      expect(seconds).toBeLessThanOrEqual(FINAL_SECONDS);
      await expectAgreementOn(version ?? '');
    });

    it.each([SERVICE.ociRegistry, SERVICE.postgres])(
      'because $title is down ends, and the next one works',
      async (service) => {
        const { version } = await predict();
        const before = await withMlflow(platform(), (mlflow) => mlflow.versions('fraud'));
        const request = await force();
        await waitFor(runs, { timeout: STARTED, interval: 200 });
        await scale(service, 0);
        await sleep(DOWN);
        await scale(service, 1);
        const back = Date.now();
        // The first attempt ended while the service was down, or ends soon after; a second one may have begun.
        const [first] = await waitFor(
          async () => {
            const attempts = await ask((ci) => ci.attempts(request));
            expect(attempts[0]?.outcome).toBeDefined();
            return attempts;
          },
          { timeout: 2 * FINAL_SECONDS * 1000, interval: 500 },
        );
        expect((Date.now() - back) / 1000).toBeLessThanOrEqual(FINAL_SECONDS);
        expect(['failure', 'retry']).toContain(first?.outcome);
        expect((await settled(request, 5 * 60_000)).length).toBeLessThanOrEqual(2);
        await expectAgreementOn(version ?? '');
        const again = await mlops(['train', 'fraud']);
        expect(again.exitCode).toBe(0);
        const after = await withMlflow(platform(), (mlflow) => mlflow.versions('fraud'));
        expect(after.length).toBeGreaterThan(before.length);
      },
    );
  });
}
