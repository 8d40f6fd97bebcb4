import type { V1Pod } from '@kubernetes/client-node';
import { LABEL } from '../../../contracts/objects';
import { NAMESPACE } from '../../../contracts/namespaces';
import { SERVICE } from '../../../contracts/services';
import { eventually } from '../../support/within';
import { api } from './cluster';

/** Pods of which each is like the others. */
export interface Replicated {
  readonly namespace: string;
  readonly selector: string;
  readonly replicas: number;
}

/** One container, as kubelet last told. */
export interface Container {
  readonly pod: string;
  /** containerd's. */
  readonly id: string;
  readonly restarts: number;
  readonly isReady: boolean;
}

/** A pod that starts on a busy node, and one that is slow to end. */
const SETTLED_SECONDS = 240;

export function versionPods(version: string, replicas: number): Replicated {
  const selector = `${LABEL.model}=fraud,${LABEL.modelVersion}=${version}`;
  return { namespace: NAMESPACE.serving, selector, replicas };
}

export function gatewayPods(replicas: number): Replicated {
  const { namespace, app } = SERVICE.gateway;
  return { namespace, selector: `${LABEL.name}=${app}`, replicas };
}

/** The container of each pod that stays; pods that are ending, and those that ended, are left out. */
export async function containers({ namespace, selector }: Replicated): Promise<readonly Container[]> {
  const { items } = await api().core.listNamespacedPod({ namespace, labelSelector: selector });
  return items.filter(stays).flatMap(({ metadata, status }) => {
    const isReady = (status?.conditions ?? []).some(
      (each) => each.type === 'Ready' && each.status === 'True',
    );
    return (status?.containerStatuses ?? []).map(({ containerID = '', restartCount, ready, state }) => ({
      pod: metadata?.name ?? '',
      id: containerID.replace(/^[a-z]+:\/\//, ''),
      restarts: restartCount,
      isReady: isReady && ready && state?.running !== undefined,
    }));
  });
}

const stays = ({ metadata, status }: V1Pod) =>
  metadata?.deletionTimestamp === undefined && status?.phase !== 'Failed' && status?.phase !== 'Succeeded';

/** Waits until as many pods as there shall be are ready. @returns their containers */
export function settled(pods: Replicated): Promise<readonly Container[]> {
  return eventually(
    SETTLED_SECONDS,
    `${String(pods.replicas)} ready pods of ${pods.selector}`,
    async (seen) => {
      const found = await containers(pods);
      seen(JSON.stringify(found.map(({ pod, restarts, isReady }) => ({ pod, restarts, isReady }))));
      return found.length === pods.replicas && found.every(({ isReady }) => isReady) ? found : undefined;
    },
  );
}

/** Gives every pod a successor, one after another, as a rollout does. */
export async function replaceAll(pods: Replicated): Promise<void> {
  for (const { pod } of await settled(pods)) {
    await api().core.deleteNamespacedPod({ name: pod, namespace: pods.namespace });
    await settled(pods);
  }
}
