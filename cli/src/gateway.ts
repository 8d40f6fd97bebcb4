import { setTimeout as sleep } from 'node:timers/promises';
import { services } from './cluster/endpoint';
import type { Kubernetes } from './cluster/kubernetes';

/** How long kubelet and nginx may take to bring new weights into force. */
const PATIENCE_S = 60;

/**
 * Makes every gateway pod take the configuration that Terraform applied, and waits until all of them answer
 * with it. Without the nudge kubelet refreshes mounted ConfigMaps within about a minute.
 * @returns whether all gateway pods have it
 */
export async function syncGateway({ core }: Kubernetes, signal: AbortSignal): Promise<boolean> {
  const { namespace, app, port } = services.gateway;
  const map = await core.readNamespacedConfigMap({ name: 'gateway-config', namespace });
  const wanted = map.metadata?.annotations?.['mlops.dev/config-hash'];
  const pods = async () => {
    const { items } = await core.listNamespacedPod({
      namespace,
      labelSelector: `app.kubernetes.io/name=${app}`,
    });
    return items.filter(
      ({ metadata, status }) => !metadata?.deletionTimestamp && status?.phase === 'Running',
    );
  };
  for (const { metadata } of await pods()) {
    // Any change of a pod makes kubelet look at its volumes at once.
    await core.patchNamespacedPod({
      namespace,
      name: metadata?.name ?? '',
      body: [{ op: 'add', path: '/metadata/annotations/mlops.dev~1config-wanted', value: wanted }],
    });
  }
  const deadline = Date.now() + PATIENCE_S * 1000;
  while (Date.now() < deadline && !signal.aborted) {
    const inForce = await Promise.all(
      (await pods()).map(async ({ metadata }) => {
        const request = {
          namespace,
          name: `${metadata?.name ?? ''}:${String(port)}`,
          path: 'gateway/config',
        };
        const answer: unknown = await core.connectGetNamespacedPodProxyWithPath(request).catch(() => '{}');
        return (typeof answer === 'string' ? JSON.parse(answer) : answer) as { hash?: string };
      }),
    );
    if (inForce.length > 0 && inForce.every(({ hash }) => hash === wanted)) return true;
    await sleep(200);
  }
  return false;
}
