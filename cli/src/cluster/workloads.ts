import type { V1Deployment, V1StatefulSet } from '@kubernetes/client-node';
import { LABEL, PART_OF } from '../../../contracts/objects';
import type { Kubernetes } from './kubernetes';

export type Workload = V1Deployment | V1StatefulSet;

export interface Workloads {
  readonly deployments: readonly V1Deployment[];
  readonly sets: readonly V1StatefulSet[];
}

/** The platform's Deployments and StatefulSets, in all namespaces. */
export async function listWorkloads({ apps }: Kubernetes): Promise<Workloads> {
  const labelSelector = `${LABEL.partOf}=${PART_OF}`;
  const [deployments, sets] = await Promise.all([
    apps.listDeploymentForAllNamespaces({ labelSelector }),
    apps.listStatefulSetForAllNamespaces({ labelSelector }),
  ]);
  return { deployments: deployments.items, sets: sets.items };
}
