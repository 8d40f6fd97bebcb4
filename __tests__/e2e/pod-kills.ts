import { beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../../stacks/shared/config';
import { recordDelivery } from '../../studies/recorder/delivery';
import { expectThat } from '../support/expect-that';
import { notHeld, type Kill } from '../support/killed-requests';
import { quantile } from '../support/quantile';
import { progress } from '../support/within';
import { predict } from './support/agreement';
import { constantLoad } from './support/constant-load';
import type { LoadSummary } from './support/load';
import { configFile, gateway } from './support/platform';
import { gatewayPods, replaceAll, settled, versionPods, type Replicated } from './support/replicated';
import { killContainer, killWorkers, type Restarted } from './support/sigkill';
import { variedRequests } from './support/varied-requests';

const MEASURED_BY = 'make delivery-e2e';
/** Requests a second. A tenth more is asked for, as the load shares the machine with the cluster. */
const RATE = 200;
/** Until the gateway, or kube-proxy, sends to a pod that is ready again, milliseconds. */
const KNOWN_MS = 2_000;
/** When nothing was lost any more, after a container was ready. */
const READY_AGAIN_S = 5;

/** @param counts how many of each are killed */
export function podKills(counts: { readonly serving: number; readonly gateway: number }): void {
  describe('processes killed with SIGKILL, under load', () => {
    let serving: Replicated;
    let gateways: Replicated;
    const readyAgain: number[] = [];
    const total = { pod_kills: 0, pod_kill_failures: 0 };

    beforeAll(async () => {
      const { version } = await predict();
      if (!version) throw new Error('no version serves: the gateway answers without x-model-version');
      const { models, sizes } = loadConfig(configFile);
      serving = versionPods(version, models.fraud?.replicas ?? 2);
      gateways = gatewayPods(sizes.gateway.replicas);
      progress(`version ${version} serves`);
    });

    /** Runs `work` under load, and adds what it cost to the figures of all. */
    async function underLoad(work: () => Promise<readonly Kill[]>): Promise<[LoadSummary, readonly Kill[]]> {
      const load = await constantLoad(`${gateway}/v2/models/fraud/infer`, variedRequests(), 1.1 * RATE);
      const kills = await work().finally(() => load.stop());
      const summary = await load.stop();
      const { sent, failed, failures, seconds, p50Ms, p99Ms } = summary;
      process.stdout.write(
        `\n  load: ${JSON.stringify({ sent, failed, failures, seconds, p50Ms, p99Ms })}\n`,
      );
      total.pod_kills += kills.length;
      total.pod_kill_failures += failed;
      recordDelivery('kills', { ...total, kill_requests_per_s: sent / seconds }, MEASURED_BY);
      expectThat(sent / seconds, 'requests a second').toBeGreaterThan(0.95 * RATE);
      return [summary, kills];
    }

    /** Kills containers, each for the first time: Kubernetes lets the second restart of one wait. */
    async function killContainers(pods: Replicated, times: number): Promise<readonly Restarted[]> {
      const kills: Restarted[] = [];
      while (kills.length < times) {
        const victim = (await settled(pods)).find(({ restarts }) => restarts === 0);
        if (victim === undefined) {
          await replaceAll(pods);
          await sleep(KNOWN_MS);
          continue;
        }
        const killed = await killContainer(pods, victim);
        kills.push(killed);
        readyAgain.push(killed.readyAgain);
        progress(
          `${victim.pod}: killed, ready again after ${killed.readyAgain.toFixed(1)} s; ${String(kills.length)} of ${String(times)}`,
        );
        await sleep(KNOWN_MS);
      }
      return kills;
    }

    it('cost no request when they are of the model', async () => {
      const [summary, kills] = await underLoad(() => killContainers(serving, counts.serving));
      recordDelivery(
        'kills',
        { serving_kills: kills.length, serving_kill_failures: summary.failed },
        MEASURED_BY,
      );
      expect(summary.failures).toEqual([]);
      expect(summary.failed).toBe(0);
    });

    it('cost what they held when they are workers of the gateway', async () => {
      const [summary, kills] = await underLoad(async () => {
        const kills: Kill[] = [];
        while (kills.length < counts.gateway) {
          const pods = await settled(gateways);
          const victim = pods[kills.length % pods.length];
          if (victim === undefined) throw new Error('the gateway has no pod');
          kills.push(await killWorkers(victim));
          progress(`${victim.pod}: worker killed; ${String(kills.length)} of ${String(counts.gateway)}`);
          await sleep(KNOWN_MS);
        }
        return kills;
      });
      const others = notHeld(summary.failedAt, kills);
      recordDelivery(
        'kills',
        {
          gateway_worker_kills: kills.length,
          gateway_worker_kill_failures: summary.failed,
          gateway_worker_not_held: others.length,
        },
        MEASURED_BY,
      );
      expectThat(others, summary.failures.join('\n')).toEqual([]);
    });

    it('cost nothing once they are ready again when they are containers of the gateway', async () => {
      const recovered: Kill[] = [];
      const [summary, kills] = await underLoad(async () => {
        const found = await killContainers(gateways, counts.gateway);
        for (const { before, after, readyAgain } of found)
          recovered.push({ before, after: after + readyAgain * 1000 + KNOWN_MS });
        return found;
      });
      recordDelivery(
        'kills',
        {
          gateway_container_kills: kills.length,
          gateway_container_kill_failures: summary.failed,
          gateway_container_not_held: notHeld(summary.failedAt, kills).length,
        },
        MEASURED_BY,
      );
      expectThat(notHeld(summary.failedAt, recovered), summary.failures.join('\n')).toEqual([]);
    });

    it('are replaced within seconds', () => {
      const p95 = quantile(readyAgain, 0.95);
      recordDelivery(
        'kills',
        { ready_again_p50_s: quantile(readyAgain, 0.5), ready_again_p95_s: p95 },
        MEASURED_BY,
      );
      expect(p95).toBeLessThanOrEqual(READY_AGAIN_S);
    });
  });
}
