import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { withMlflow } from '../../cli/src/session';
import { NAMESPACE } from '../../contracts/namespaces';
import type { CiBuild } from '../../cli/src/ci';
import { SERVICE, type ServiceContract } from '../../contracts/services';
import { recordCi } from '../../studies/recorder/ci';
import { expectThat } from '../support/expect-that';
import { expectAgreementOn, predict } from './support/agreement';
import { platform, scale } from './support/cluster';
import { awaited } from './ci/awaited';
import { ask, firstAttempt, force, killMaster, settled } from './ci/builds';

/** Within which a build ends once its runner cannot work. */
const FINAL_SECONDS = 60;
/** Longer than the master waits for its database before it ends. */
const DOWN = 30_000;
/** The start of a pod, and patience with an image that a registry may yet have. */
const STARTED = 120_000;
/** A training, its start included. */
const TRAINED = 5 * 60_000;
const settings = { name: SERVICE.ci.service, namespace: NAMESPACE.ci };

interface PodSettings {
  pods: { image: string; size: { memory: string } };
}

async function masterSettings(): Promise<string> {
  const { data } = await platform().kubernetes().core.readNamespacedConfigMap(settings);
  return data?.['settings.json'] ?? '';
}

/** Changes what the master knows of its runners, and waits until it has read it. */
async function writeMasterSettings(text: string): Promise<void> {
  const body = [{ op: 'replace', path: '/data/settings.json', value: text }];
  await platform()
    .kubernetes()
    .core.patchNamespacedConfigMap({ ...settings, body });
  await killMaster();
}

const stateOf = (attempts: readonly CiBuild[]) => attempts.map(({ state }) => state).join('; ');

/** What somebody tries next: a training, whose version is there afterwards. */
async function expectTraining(): Promise<void> {
  const versions = () => withMlflow(platform(), (mlflow) => mlflow.versions('fraud'));
  const before = await versions();
  const attempts = await settled(await force('train'), TRAINED);
  expectThat(attempts.at(-1)?.outcome, stateOf(attempts)).toBe('success');
  expect((await versions()).length).toBe(before.length + 1);
}

/** Runners that cannot work, and services that builds need: a clear end, nothing changed, and a retry that works. */
export function lostRunners(): void {
  describe('a build that cannot work', () => {
    let restore: (() => Promise<void>) | undefined;

    async function heal(): Promise<void> {
      await restore?.();
      restore = undefined;
    }

    async function takeAway(service: ServiceContract): Promise<void> {
      restore = () => scale(service, 1);
      await scale(service, 0);
    }

    afterEach(heal);

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
      const before = await masterSettings();
      const { pods, ...others } = JSON.parse(before) as PodSettings;
      change(pods);
      restore = () => writeMasterSettings(before);
      await writeMasterSettings(JSON.stringify({ ...others, pods }));
      const request = await force('train');
      await firstAttempt(request, STARTED);
      const since = Date.now();
      const attempts = await settled(request, STARTED);
      const seconds = (Date.now() - since) / 1000;
      recordCi({ [figure]: seconds }, 'make e2e-ci');
      expectThat(
        attempts.map(({ outcome }) => outcome),
        stateOf(attempts),
      ).toEqual(['exception']);
      expect(attempts[0]?.state).toMatch(says);
      expect(seconds).toBeLessThanOrEqual(FINAL_SECONDS);
      await expectAgreementOn(version ?? '');
    });

    it('because the OCI registry is down ends, and the next one works', async () => {
      const { version } = await predict();
      await takeAway(SERVICE.ociRegistry);
      const since = Date.now();
      const attempts = await settled(await force('train'), STARTED);
      const seconds = (Date.now() - since) / 1000;
      recordCi({ registry_down_to_final_s: seconds }, 'make e2e-ci');
      expectThat(
        attempts.map(({ outcome }) => outcome),
        stateOf(attempts),
      ).toEqual(['failure']);
      expect(seconds).toBeLessThanOrEqual(FINAL_SECONDS);
      await heal();
      await expectAgreementOn(version ?? '');
      await expectTraining();
    });

    it('because PostgreSQL is down runs again once the master is back, and the next one works', async () => {
      const { version } = await predict();
      const request = await force('train');
      await firstAttempt(request, STARTED);
      // Nobody can ask the CI meanwhile: its builds are in there.
      await takeAway(SERVICE.postgres);
      await sleep(DOWN);
      await heal();
      const back = Date.now();
      const first = await awaited('the end of the first attempt', 2 * FINAL_SECONDS * 1000, async () => {
        const [found] = await ask((ci) => ci.attempts(request));
        if (found?.outcome === undefined) throw new Error(found?.state ?? 'it is unknown');
        return found;
      });
      const seconds = (Date.now() - back) / 1000;
      recordCi({ postgres_back_to_final_s: seconds }, 'make e2e-ci');
      expectThat(['failure', 'retry'].includes(first.outcome ?? ''), stateOf([first])).toBe(true);
      expect(seconds).toBeLessThanOrEqual(FINAL_SECONDS);
      expect((await settled(request, TRAINED)).length).toBeLessThanOrEqual(2);
      await awaited('an answer of MLflow', FINAL_SECONDS * 1000, () =>
        withMlflow(platform(), (mlflow) => mlflow.versions('fraud')),
      );
      await expectAgreementOn(version ?? '');
      await expectTraining();
    });
  });
}
