import type { V1Deployment, V1StatefulSet } from '@kubernetes/client-node';
import { WORKLOAD_NAMESPACES } from '../../../contracts/namespaces';
import { LABEL, PART_OF } from '../../../contracts/objects';
import type { Kubernetes } from './kubernetes';

export type Workload = V1Deployment | V1StatefulSet;

const OURS: readonly string[] = WORKLOAD_NAMESPACES;

export interface Workloads {
  readonly deployments: readonly V1Deployment[];
  readonly sets: readonly V1StatefulSet[];
}

/** The platform's Deployments and StatefulSets. Others may use its label in namespaces of their own. */
export async function listWorkloads({ apps }: Kubernetes): Promise<Workloads> {
  const labelSelector = `${LABEL.partOf}=${PART_OF}`;
  const [deployments, sets] = await Promise.all([
    apps.listDeploymentForAllNamespaces({ labelSelector }),
    apps.listStatefulSetForAllNamespaces({ labelSelector }),
  ]);
  const ours = ({ metadata }: Workload) => OURS.includes(metadata?.namespace ?? '');
  return { deployments: deployments.items.filter(ours), sets: sets.items.filter(ours) };
}
