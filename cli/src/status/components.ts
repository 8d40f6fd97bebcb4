import { mebibytes } from '../../../contracts/quantity';
import type { Kubernetes } from '../cluster/kubernetes';
import { listWorkloads } from '../cluster/workloads';

export interface ComponentStatus {
  readonly namespace: string;
  readonly name: string;
  readonly ready: number;
  readonly wanted: number;
  /** MiB that its containers may use at most. */
  readonly memoryLimitMib: number;
}

export async function componentStatus(kubernetes: Kubernetes): Promise<readonly ComponentStatus[]> {
  const { deployments, sets } = await listWorkloads(kubernetes);
  return [...deployments, ...sets].map(({ metadata, spec, status: state }) => ({
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
    ready: state?.readyReplicas ?? 0,
    wanted: spec?.replicas ?? 0,
    memoryLimitMib: (spec?.template.spec?.containers ?? [])
      .map(({ resources }) => mebibytes(resources?.limits?.memory ?? '0'))
      .reduce((sum, each) => sum + each, 0),
  }));
}
