import type { V1Pod } from '@kubernetes/client-node';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PlatformConfig } from '../../../stacks/shared/config';
import { LABEL } from '../../../contracts/objects';
import { SERVICE } from '../../../contracts/services';
import { errors } from '../errors';
import type { Kubernetes } from './kubernetes';
import { listWorkloads, type Workload } from './workloads';

const PATIENCE_S = 300;
const POLL_MS = 1000;

/** Replicas from platform.yaml; Helm does not notice when a workload was scaled by hand. */
export function wantedReplicas(
  config: PlatformConfig,
  labels: Readonly<Record<string, string>> | undefined,
): number {
  const model = labels?.[LABEL.model];
  if (model !== undefined) return config.models[model]?.replicas ?? 1;
  return labels?.[LABEL.name] === SERVICE.gateway.app ? config.sizes.gateway.replicas : 1;
}

/**
 * Scales workloads back up that were stopped by hand.
 * @returns their names
 */
export async function restoreReplicas(
  kubernetes: Kubernetes,
  config: PlatformConfig,
): Promise<readonly string[]> {
  const { apps } = kubernetes;
  const { deployments, sets } = await listWorkloads(kubernetes);
  const stopped = ({ spec }: Workload) => spec?.replicas === 0;
  const patchOf = ({ metadata }: Workload) => ({
    name: metadata?.name ?? '',
    namespace: metadata?.namespace ?? '',
    body: [{ op: 'replace', path: '/spec/replicas', value: wantedReplicas(config, metadata?.labels) }],
  });
  const patches = {
    deployments: deployments.filter(stopped).map(patchOf),
    sets: sets.filter(stopped).map(patchOf),
  };
  for (const patch of patches.deployments) await apps.patchNamespacedDeployment(patch);
  for (const patch of patches.sets) await apps.patchNamespacedStatefulSet(patch);
  return [...patches.deployments, ...patches.sets].map(({ name }) => name);
}

/** @throws UserError notReady, interrupted */
export async function waitForComponents(
  kubernetes: Kubernetes,
  signal: AbortSignal,
  report: (line: string) => void,
): Promise<void> {
  await until(signal, report, async () => {
    const { deployments, sets } = await listWorkloads(kubernetes);
    return [...deployments, ...sets]
      .filter(({ spec, status }) => (status?.readyReplicas ?? 0) < (spec?.replicas ?? 0))
      .map(({ metadata }) => metadata?.name ?? '');
  });
}

/**
 * Waits until a Deployment has so many ready pods. One whose number is left to an autoscaler begins with one pod, and Helm
 * waits for no more.
 * @throws UserError notReady, interrupted
 */
export async function waitForReplicas(
  { apps }: Pick<Kubernetes, 'apps'>,
  signal: AbortSignal,
  { replicas, ...where }: { readonly name: string; readonly namespace: string; readonly replicas: number },
): Promise<void> {
  await until(
    signal,
    () => undefined,
    async () => {
      const { status } = await apps.readNamespacedDeployment(where);
      const ready = status?.readyReplicas ?? 0;
      return ready >= replicas ? [] : [`${where.name} (${ready} of ${replicas} pods)`];
    },
  );
}

/**
 * Waits until every pod runs again after a node restart. Until kubelet has synced a pod, the API
 * still reports it as ready, so containers count only if they started after the node did.
 * @throws UserError notReady, interrupted
 */
export async function waitForRestartedPods(
  { core }: Kubernetes,
  since: Date,
  signal: AbortSignal,
  report: (line: string) => void,
): Promise<void> {
  await until(signal, report, async () => {
    const { items } = await core.listPodForAllNamespaces();
    return items
      .filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed')
      .filter((pod) => !hasRestarted(pod, since))
      .map(({ metadata }) => metadata?.name ?? '');
  });
}

export function hasRestarted({ status }: V1Pod, since: Date): boolean {
  const ready = status?.conditions?.some(({ type, status: state }) => type === 'Ready' && state === 'True');
  const containers = status?.containerStatuses ?? [];
  // API timestamps are in whole seconds.
  const from = Math.floor(since.getTime() / 1000) * 1000;
  return (
    ready === true &&
    containers.every(({ state }) =>
      state?.running?.startedAt ? +new Date(state.running.startedAt) >= from : false,
    )
  );
}

async function until(
  signal: AbortSignal,
  report: (line: string) => void,
  missing: () => Promise<readonly string[]>,
): Promise<void> {
  const deadline = Date.now() + PATIENCE_S * 1000;
  let names: readonly string[] = ['the API server'];
  while (Date.now() < deadline) {
    if (signal.aborted) throw errors.interrupted();
    // The API server may be unavailable for a moment while its node restarts.
    const now = await missing().catch(() => names);
    if (now.length === 0) return;
    if (now.join() !== names.join()) report(`waiting for ${now.join(', ')}`);
    names = now;
    await sleep(POLL_MS);
  }
  throw errors.notReady(names, PATIENCE_S);
}
