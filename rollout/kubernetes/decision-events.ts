import type { CoreV1Event } from '@kubernetes/client-node';
import { LEADER } from '../../contracts/claims';
import { LABEL, PART_OF } from '../../contracts/objects';
import { RELEASE_LIST } from '../../contracts/release-list';
import type { Announcement } from '../controller/announcements';
import type { KubernetesApi } from './api';

const { name, namespace } = RELEASE_LIST;

/**
 * Kubernetes events of the release list, where `kubectl get events` and `kubectl describe configmap release-list` show
 * them for an hour; the history keeps decisions.
 */
export function decisionEvents(
  { core }: Pick<KubernetesApi, 'core'>,
  instance: string,
): (announcement: Announcement) => Promise<void> {
  return async ({ reason, message, isWarning }) => {
    const { metadata } = await core.readNamespacedConfigMap({ name, namespace });
    const now = new Date();
    const body: CoreV1Event = {
      metadata: { generateName: `${name}.`, namespace, labels: { [LABEL.partOf]: PART_OF } },
      involvedObject: {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        name,
        namespace,
        ...(metadata?.uid === undefined ? {} : { uid: metadata.uid }),
      },
      type: isWarning ? 'Warning' : 'Normal',
      reason,
      // The API server refuses longer ones.
      message: message.slice(0, 1024),
      source: { component: LEADER.name },
      reportingComponent: LEADER.name,
      reportingInstance: instance,
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    };
    await core.createNamespacedEvent({ namespace, body });
  };
}
