import type { AppsV1Api, BatchV1Api, KubeConfig, VersionApi } from '@kubernetes/client-node';
import type { KubernetesApi } from '../../../rollout/kubernetes/api';

export { isConflict, orUndefined, reasonOf } from '../../../rollout/kubernetes/api';

export interface Kubernetes extends KubernetesApi {
  readonly config: KubeConfig;
  readonly apps: AppsV1Api;
  readonly batch: BatchV1Api;
  readonly version: VersionApi;
}
