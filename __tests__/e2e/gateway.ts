import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitForRestartedPods } from '../../cli/src/cluster/readiness';
import { readReleases } from '../../rollout/kubernetes/release-document';
import { engine, platform } from './support/cluster';
import { gateway, name } from './support/platform';
import { WatchedLoad } from './support/watched-load';

const NAMESPACE = 'mlops-serving';
/** Most that may pass between the Service's return and the last failed request. */
const RECOVERY_S = 5;
const GONE_MS = 10_000;

type Recorder = (figures: Readonly<Record<string, number>>) => void;

/**
 * Pods and names go away under load; no answer may come from anybody but the model's pods and the gateway. Starts and
 * ends with a version serving. `record` takes foreign_answers, recovery_s and node_recovery_s.
 */
export function gatewayAddresses(record: Recorder): void {
  describe('the addresses of a model', () => {
    let foreign = 0;

    const serving = async () => {
      const { list } = await readReleases(platform().kubernetes());
      const versions = list.models.fraud?.versions ?? [];
      const most = [...versions].sort((a, b) => b.weight - a.weight)[0]?.version ?? '';
      return { versions: versions.map(({ version }) => version), service: `fraud-v${most}` };
    };

    it('stay ours when its Service is deleted and made again', async () => {
      const { core } = platform().kubernetes();
      const { versions, service } = await serving();
      const before = await core.readNamespacedService({ name: service, namespace: NAMESPACE });
      expect(before.spec?.clusterIP).toBe('None');
      const load = new WatchedLoad(versions);
      await load.calm(2000, 30_000);
      await core.deleteNamespacedService({ name: service, namespace: NAMESPACE });
      await sleep(GONE_MS);
      const { labels, annotations } = before.metadata ?? {};
      await core.createNamespacedService({
        namespace: NAMESPACE,
        body: {
          metadata: { name: service, ...(labels && { labels }), ...(annotations && { annotations }) },
          spec: {
            clusterIP: 'None',
            ...(before.spec?.selector && { selector: before.spec.selector }),
            ...(before.spec?.ports && { ports: before.spec.ports }),
          },
        },
      });
      const returned = Date.now();
      await sleep((RECOVERY_S + 10) * 1000);
      await load.stop();
      foreign += load.foreign.length;
      const failed = load.answers.filter(({ status }) => status !== 200);
      const lastFailure = Math.max(returned, ...failed.map(({ sentAt }) => sentAt));
      record({ foreign_answers: foreign, recovery_s: (lastFailure - returned) / 1000 });
      expect(load.foreign).toEqual([]);
      // Without a Service there were no pods to send to: else this test has shown nothing.
      expect(failed.map(({ status }) => status)).toContain(503);
      expect((lastFailure - returned) / 1000).toBeLessThanOrEqual(RECOVERY_S);
    }, 120_000);

    it('stay ours when the node restarts', async () => {
      const { versions } = await serving();
      const load = new WatchedLoad(versions);
      await load.calm(2000, 30_000);
      const restarted = Date.now();
      engine('restart', `${name}-control-plane`);
      await load.calm(5000, 300_000);
      await load.stop();
      foreign += load.foreign.length;
      const lastFailure = Math.max(
        restarted,
        ...load.answers.filter(({ status }) => status !== 200).map(({ sentAt }) => sentAt),
      );
      record({ foreign_answers: foreign, node_recovery_s: (lastFailure - restarted) / 1000 });
      expect(load.foreign).toEqual([]);
      expect(lastFailure).toBeGreaterThan(restarted);
      expect((await fetch(`${gateway}/v2/health/ready`)).status).toBe(200);
      // Serving is back long before the rest: what follows needs MLflow, too.
      await waitForRestartedPods(
        platform().kubernetes(),
        new Date(restarted),
        new AbortController().signal,
        () => undefined,
      );
    }, 420_000);
  });
}
