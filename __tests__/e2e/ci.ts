import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import type { CiBuild } from '../../cli/src/ci';
import { withMlflow } from '../../cli/src/session';
import { CI_BUILDERS } from '../../contracts/ci';
import { SERVICE } from '../../contracts/services';
import { BUILDER_ACCESS } from '../../stacks/ci/builder-access';
import { recordCi } from '../../studies/recorder/ci';
import { MEASURED_BY } from '../../studies/recorder/platform-up';
import { openBrowser } from '../support/dashboard-page';
import { differencesFromMatrix } from './ci/access';
import { deliver, message, raise, webhookPassword } from './ci/alerts';
import { awaited } from './ci/awaited';
import {
  ask,
  ended,
  firstAttempt,
  force,
  kill,
  killMaster,
  newestBuild,
  printed,
  runnerPods,
  settled,
  startedAfter,
  TRAINS,
} from './ci/builds';
import { showCi, showMlflow } from './ci/pages';
import { numberOf, openPrometheus } from './monitoring/prometheus';
import { expectAgreementOn, predict } from './support/agreement';
import { platform, scale } from './support/cluster';
import { constantLoad } from './support/constant-load';
import { exampleRequest, gateway, mlops, mlopsJson, root } from './support/platform';

const SCREENSHOTS = join(root, '.mlops/screenshots');
const TRAINING = 300_000;
const STARTED = 30_000;
const DEPLOYED = 180_000;

const withRights = CI_BUILDERS.filter((builder) => Object.keys(BUILDER_ACCESS[builder]).length > 0);

/** What starts builds, what they may do, and how they end. */
export function ci(): void {
  describe('the CI', () => {
    let browser: Browser;
    let password = '';
    const attempts: number[] = [];

    beforeAll(async () => {
      browser = await openBrowser();
      mkdirSync(SCREENSHOTS, { recursive: true });
      password = await webhookPassword();
    });

    afterAll(async () => {
      await browser.close();
    });

    it('trained the first version, and MLflow names the build', async () => {
      const versions = await withMlflow(platform(), (mlflow) => mlflow.versions('fraud'));
      const first = versions.at(-1);
      const [, number] = /#\/builders\/train\/builds\/(\d+)$/.exec(first?.tags.build_url ?? '') ?? [];
      const builds = await mlopsJson<{ builds: readonly CiBuild[] }>(['builds']);
      expect(
        builds.builds.find((each) => each.builder === 'train' && String(each.number) === number),
      ).toMatchObject({ outcome: 'success', model: 'fraud' });
    });

    it('gives every builder the rights of the matrix and no others, says the API server', async () => {
      const answers = await Promise.all(withRights.map(differencesFromMatrix));
      const wrong = answers.flatMap((each) => each.wrong);
      const asked = answers.reduce((sum, each) => sum + each.asked, 0);
      recordCi({ access_questions: asked, access_wrong: wrong.length }, MEASURED_BY);
      expect(wrong).toEqual([]);
      expect(asked).toBeGreaterThan(1_000);
    });

    it('shows nothing to whoever has not logged in', async () => {
      const address = `http://127.0.0.1:${String(platform().config.ports.ci)}`;
      expect((await fetch(`${address}/api/v2/builds`)).status).toBe(403);
      expect((await fetch(`${address}/sse/builds/*/*`)).status).toBe(403);
      expect((await fetch(address)).status).toBe(401);
    });

    it.each([undefined, 'wrong'])('starts nothing for a webhook with the password %s', async (given) => {
      const before = await newestBuild();
      expect(await deliver(message('ab'.repeat(8), new Date().toISOString()), given)).toBe(401);
      await sleep(3_000);
      expect(await newestBuild()).toBe(before);
    });

    it('trains once for an alert that Alertmanager sends, and the webhook delivers a hundred times', async () => {
      const before = await newestBuild();
      const startsAt = new Date().toISOString();
      await raise({
        alertname: 'FeatureDrift',
        model: 'fraud',
        severity: 'ticket',
        team: 'ml',
        feature: 'amount',
      });
      const raised = Date.now();
      const build = await startedAfter(before, 'train', STARTED + 15_000);
      const started = (Date.now() - raised) / 1000;
      const body = message('cd'.repeat(8), startsAt);
      const answers = await Promise.all(Array.from({ length: 100 }, () => deliver(body, password)));
      expect(answers.filter((status) => status !== 200)).toEqual([]);

      // The runner of the first attempt dies; the second one trains to the end.
      await printed(build.id, TRAINS, TRAINING);
      const killedAt = Date.now();
      const pods = await runnerPods();
      await Promise.all(pods.map((pod) => kill(pod)));
      const lost = await ended(build.id, 60_000);
      const final = (Date.now() - killedAt) / 1000;
      expect(lost.outcome).toBe('retry');
      const all = await settled(build.request, TRAINING);
      attempts.push(all.length);
      expect(all.map(({ outcome }) => outcome)).toEqual(['retry', 'success']);
      const trainings = (await ask((ci) => ci.builds(50))).filter(
        ({ id, builder, request }) => id > before && builder === 'train' && request !== build.request,
      );
      recordCi(
        {
          trigger_to_started_s: started,
          killed_to_final_s: final,
          duplicates_started: trainings.length,
        },
        MEASURED_BY,
      );
      expect(trainings).toEqual([]);
      expect(started).toBeLessThanOrEqual(STARTED / 1000);
      // One Job: the second attempt follows the training that the first one started.
      const versions = await withMlflow(platform(), (mlflow) => mlflow.versions('fraud'));
      const made = versions.filter(({ createdAt }) => createdAt > startsAt);
      expect(made).toHaveLength(1);
    });

    it('goes on after the master was killed in mid-build, and clients notice nothing', async () => {
      const load = await constantLoad(`${gateway}/v2/models/fraud/infer`, exampleRequest, 50);
      const request = await force('train');
      const build = await firstAttempt(request, STARTED);
      await printed(build.id, TRAINS, TRAINING);
      await killMaster();
      const all = await settled(request, TRAINING).finally(() => load.stop());
      const { sent, failures } = await load.stop();
      expect(sent).toBeGreaterThan(0);
      expect(failures).toEqual([]);
      attempts.push(all.length);
      expect(all.at(-1)?.outcome).toBe('success');
      expect(all.length).toBeLessThanOrEqual(2);
    });

    it('ends a training within a minute while MLflow is down, and the next one works', async () => {
      await scale(SERVICE.mlflow, 0);
      const since = Date.now();
      const request = await force('train');
      try {
        const [only] = await settled(request, 120_000);
        expect((Date.now() - since) / 1000).toBeLessThan(60);
        expect(only?.outcome).toBe('failure');
        const seen = new Map<number, number>();
        const log = (await ask((ci) => ci.lines(only?.id ?? 0, seen))).join('\n');
        expect(log).toMatch(/MLflow/);
        const page = await showCi(browser, platform(), only?.id ?? 0, SCREENSHOTS);
        expect(page).toMatch(/MLflow/);
        expect(page).toMatch(/failed/i);
      } finally {
        await scale(SERVICE.mlflow, 1);
      }
      const again = await mlops(['train', 'fraud']);
      expect(again.exitCode).toBe(0);
    });

    it('puts a new version into service, and goes back', async () => {
      const { version: before } = await predict();
      const versions = await withMlflow(platform(), (mlflow) => mlflow.versions('fraud'));
      const newest = String(Math.max(...versions.map(({ version }) => Number(version))));
      expect(newest).not.toBe(before);
      // It does not run yet: the runner's Terraform starts it.
      const deployed = await settled(await force('deploy', { version: newest }), DEPLOYED);
      expect(deployed.map(({ state }) => state)).toEqual(['build successful']);
      await expectAgreementOn(newest);
      const back = await settled(await force('rollback', { version: before ?? '' }), DEPLOYED);
      expect(back.map(({ state }) => state)).toEqual(['build successful']);
      await expectAgreementOn(before ?? '');
    });

    it('shows a model version with its card in MLflow', async () => {
      const page = await showMlflow(browser, platform(), SCREENSHOTS);
      expect(page).toContain('build_url');
      expect(page).toMatch(/Model card/i);
    });

    it('leaves no pod behind, starts none twice, and takes little memory', async () => {
      await awaited('the end of all runners', 60_000, async () => {
        expect(await runnerPods()).toEqual([]);
      });
      const prometheus = await openPrometheus();
      const bytes = await numberOf(
        prometheus,
        'sum(container_memory_working_set_bytes{namespace="mlops-ci",container="master"})',
      );
      recordCi(
        {
          pods_left: (await runnerPods()).length,
          attempts_max: Math.max(...attempts),
          ci_mib: bytes / 1024 ** 2,
        },
        MEASURED_BY,
      );
      expect(Math.max(...attempts)).toBeLessThanOrEqual(2);
      expect(bytes / 1024 ** 2).toBeLessThanOrEqual(250);
    });
  });
}
