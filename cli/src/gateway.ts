import { setTimeout as sleep } from 'node:timers/promises';
import { services } from './cluster/endpoint';
import type { Kubernetes } from './cluster/kubernetes';

/** How long kubelet and nginx may take to bring new weights into force. */
const PATIENCE_S = 60;
const POLL_MS = 200;

const { namespace, app, port } = services.gateway;

/** The hash of the configuration that the cluster wants, or undefined where there is no gateway yet. */
async function wantedHash({ core }: Kubernetes): Promise<string | undefined> {
  const map = await core
    .readNamespacedConfigMap({ name: 'gateway-config', namespace })
    .catch(() => undefined);
  return map?.metadata?.annotations?.['mlops.dev/config-hash'];
}

/** Names of the pods that answer. */
async function runningPods({ core }: Kubernetes): Promise<readonly string[]> {
  const { items } = await core.listNamespacedPod({
    namespace,
    labelSelector: `app.kubernetes.io/name=${app}`,
  });
  return items
    .filter(({ metadata, status }) => !metadata?.deletionTimestamp && status?.phase === 'Running')
    .map(({ metadata }) => metadata?.name ?? '');
}

/** Any change of a pod makes kubelet look at its volumes at once, instead of within about a minute. */
async function nudge(kubernetes: Kubernetes, hash: string): Promise<void> {
  const body = [{ op: 'add', path: '/metadata/annotations/mlops.dev~1config-wanted', value: hash }];
  for (const name of await runningPods(kubernetes)) {
    await kubernetes.core.patchNamespacedPod({ namespace, name, body });
  }
}

/**
 * Applies a change and nudges the gateway as soon as its configuration is new, while Helm still waits:
 * that wait would add seconds to every rollback.
 */
export async function nudgingGateway(kubernetes: Kubernetes, apply: () => Promise<void>): Promise<void> {
  const before = await wantedHash(kubernetes);
  const applied = new AbortController();
  const watching = (async () => {
    while (!applied.signal.aborted) {
      const hash = await wantedHash(kubernetes);
      if (hash !== undefined && hash !== before) return nudge(kubernetes, hash);
      await sleep(POLL_MS);
    }
  })().catch(() => undefined); // syncGateway nudges again, and reports what is wrong.
  try {
    await apply();
  } finally {
    applied.abort();
    await watching;
  }
}

/**
 * Waits until every gateway pod answers with the configuration that Terraform applied.
 * @returns whether all of them have it
 */
export async function syncGateway(kubernetes: Kubernetes, signal: AbortSignal): Promise<boolean> {
  const wanted = await wantedHash(kubernetes);
  if (wanted === undefined) return false;
  const deadline = Date.now() + PATIENCE_S * 1000;
  for (let tries = 0; Date.now() < deadline && !signal.aborted; tries += 1) {
    const pods = await runningPods(kubernetes);
    const inForce = await Promise.all(pods.map((name) => hashInForce(kubernetes, name)));
    if (inForce.length > 0 && inForce.every((hash) => hash === wanted)) return true;
    if (tries === 0) await nudge(kubernetes, wanted);
    await sleep(POLL_MS);
  }
  return false;
}

async function hashInForce({ core }: Kubernetes, pod: string): Promise<string | undefined> {
  const request = { namespace, name: `${pod}:${String(port)}`, path: 'gateway/config' };
  const answer: unknown = await core.connectGetNamespacedPodProxyWithPath(request).catch(() => '{}');
  return ((typeof answer === 'string' ? JSON.parse(answer) : answer) as { hash?: string }).hash;
}
