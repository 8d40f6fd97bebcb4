import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppsV1Api, AutoscalingV2Api, CustomObjectsApi } from '@kubernetes/client-node';
import { parse, stringify } from 'yaml';
import { timed } from '../../rollout/kubernetes/timed';
import { recordDelivery, recordReplicas } from '../../studies/recorder/delivery';
import type { ReplicaSample } from '../../studies/recorder/replicas-chart';
import { expectThat } from '../support/expect-that';
import { coresOf, millicoresFor, type PodMetrics } from '../support/pod-cpu';
import { eventually, progress } from '../support/within';
import { predict } from './support/agreement';
import { ANSWER_SECONDS, api } from './support/cluster';
import { constantLoad, type ConstantLoad } from './support/constant-load';
import { configFile, gateway, mlopsSucceeds, useConfig } from './support/platform';
import { settled, versionPods, type Replicated } from './support/replicated';
import { variedRequests } from './support/varied-requests';

const MEASURED_BY = 'make delivery-e2e';
const LEAST = 2;
const MOST = 4;
/** Requests a second. */
const BASE = 20;
const PEAK = 400;
/** metrics-server looks every 15 s, and shows the mean since the look before. */
const METERED_MS = 45_000;
const METERED_SECONDS = 60;
/** How long the autoscaler may take, with its look every 15 s, and pods that start or end one after another. */
const UP_SECONDS = 150;
const DOWN_SECONDS = 240;
/** The platform's own 300 s would make the test half again as long. */
const WAIT_BEFORE_DOWN_SECONDS = 60;
const SAMPLE_MS = 2_000;

/** A load that rises and falls, and a version whose pods follow it. */
export function autoscaling(): void {
  describe('a version with an autoscaler', () => {
    const usual = configFile;
    let pods: Replicated;
    let deployment = '';

    beforeAll(async () => {
      const { version } = await predict();
      if (!version) throw new Error('no version serves: the gateway answers without x-model-version');
      deployment = `fraud-v${version}`;
      pods = versionPods(version, LEAST);
      await settled(pods);
    });

    afterAll(async () => {
      useConfig(usual);
      await mlopsSucceeds(['up']);
    });

    const load = (perSecond: number) =>
      constantLoad(`${gateway}/v2/models/fraud/infer`, variedRequests(), perSecond);

    /** Cores that the pods use together, of at least as many as there have to be. */
    const usage = () =>
      eventually(METERED_SECONDS, `the CPU of ${deployment}'s pods`, async (seen) => {
        const metrics = timed(api().config.makeApiClient(CustomObjectsApi), ANSWER_SECONDS);
        const answer = (await metrics.listNamespacedCustomObject({
          group: 'metrics.k8s.io',
          version: 'v1beta1',
          namespace: pods.namespace,
          plural: 'pods',
          labelSelector: pods.selector,
        })) as { readonly items: readonly PodMetrics[] };
        seen(`metrics of ${String(answer.items.length)} pods`);
        return answer.items.length === LEAST ? coresOf(answer.items) : undefined;
      });

    /** CPU per pod with which the peak needs the most pods, as this machine shows it. */
    async function target(): Promise<number> {
      await sleep(METERED_MS);
      const idle = await usage();
      const peak = await load(PEAK);
      try {
        await sleep(METERED_MS);
        const busy = await usage();
        progress(`${deployment} uses ${busy.toFixed(3)} cores under load, ${idle.toFixed(3)} without`);
        return millicoresFor(MOST, busy, LEAST, idle);
      } finally {
        await peak.stop();
      }
    }

    /** The platform with an autoscaler for the model. */
    async function enable(millicores: number): Promise<void> {
      const config = parse(readFileSync(usual, 'utf8')) as { models: { fraud: Record<string, unknown> } };
      config.models.fraud.replicas = LEAST;
      config.models.fraud.autoscaling = { maxReplicas: MOST, cpu: `${String(millicores)}m` };
      const file = join(mkdtempSync(join(tmpdir(), 'autoscaling-')), 'platform.yaml');
      writeFileSync(file, stringify(config));
      useConfig(file);
      await mlopsSucceeds(['up']);
      await scaler().patchNamespacedHorizontalPodAutoscaler({
        name: deployment,
        namespace: pods.namespace,
        body: [
          {
            op: 'replace',
            path: '/spec/behavior/scaleDown/stabilizationWindowSeconds',
            value: WAIT_BEFORE_DOWN_SECONDS,
          },
        ],
      });
    }

    const scaler = () => timed(api().config.makeApiClient(AutoscalingV2Api), ANSWER_SECONDS);

    async function look(): Promise<{ wanted: number; ready: number; why: string }> {
      const where = { name: deployment, namespace: pods.namespace };
      const apps = timed(api().config.makeApiClient(AppsV1Api), ANSWER_SECONDS);
      const [{ status: scaled }, { status }] = await Promise.all([
        scaler().readNamespacedHorizontalPodAutoscalerStatus(where),
        apps.readNamespacedDeployment(where),
      ]);
      const why = (scaled?.conditions ?? []).map(
        ({ reason, message }) => `${reason ?? ''}: ${message ?? ''}`,
      );
      return {
        wanted: scaled?.desiredReplicas ?? 0,
        ready: status?.readyReplicas ?? 0,
        why: why.join('; '),
      };
    }

    it('has more pods under more load and fewer afterwards, and no client notices', async () => {
      const millicores = await target();
      progress(`more pods above ${String(millicores)} millicores each`);
      await enable(millicores);
      await settled(pods);

      const samples: ReplicaSample[] = [];
      const started = Date.now();
      const loads: ConstantLoad[] = [await load(BASE)];
      let requestsPerSecond = BASE;
      const since = () => (Date.now() - started) / 1000;
      const follow = (seconds: number, awaited: string, until: (ready: number, wanted: number) => boolean) =>
        eventually(
          seconds,
          awaited,
          async (seen) => {
            const { wanted, ready, why } = await look();
            samples.push({ seconds: Math.round(since()), requestsPerSecond, wanted, ready });
            seen(`${String(ready)} ready, ${String(wanted)} wanted; ${why}`);
            return until(ready, wanted) ? since() : undefined;
          },
          SAMPLE_MS,
        );
      const pause = (seconds: number) => {
        const end = since() + seconds;
        return follow(seconds + ANSWER_SECONDS, 'the end of a pause', () => since() >= end);
      };
      let upAfter = Number.NaN;
      try {
        await pause(20);
        const peak = await load(PEAK);
        loads.push(peak);
        requestsPerSecond = BASE + PEAK;
        const from = since();
        const up = await follow(
          UP_SECONDS,
          'more pods',
          (ready, wanted) => wanted > LEAST && ready >= wanted,
        );
        upAfter = up - from;
        progress(`more pods are ready after ${upAfter.toFixed(0)} s`);
        await pause(30);
        await peak.stop();
        requestsPerSecond = BASE;
        await follow(DOWN_SECONDS, 'fewer pods', (ready, wanted) => wanted === LEAST && ready === LEAST);
        await pause(10);
      } finally {
        const summaries = await Promise.all(loads.map((each) => each.stop()));
        const failures = summaries.flatMap((each) => each.failures);
        if (samples.length > 0) recordReplicas(samples);
        recordDelivery(
          'autoscaling',
          {
            autoscaling_pods_least: LEAST,
            autoscaling_pods_most: Math.max(...samples.map(({ ready }) => ready)),
            autoscaling_pods_at_end: samples.at(-1)?.ready ?? 0,
            ...(Number.isNaN(upAfter) ? {} : { autoscaling_up_s: upAfter }),
            autoscaling_requests: summaries.reduce((sum, { sent }) => sum + sent, 0),
            autoscaling_failed_requests: summaries.reduce((sum, { failed }) => sum + failed, 0),
          },
          MEASURED_BY,
        );
        expectThat(failures, 'failed requests').toEqual([]);
      }
      expect(Math.max(...samples.map(({ ready }) => ready))).toBeGreaterThan(LEAST);
    });
  });
}
