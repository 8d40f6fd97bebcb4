import { KubernetesObjectApi } from '@kubernetes/client-node';
import { LABEL, PART_OF } from '../../../contracts/objects';
import { helmReleases, isOurs } from './helm-releases';
import { orUndefined, type Kubernetes } from './kubernetes';

/** A resource that exists in the cluster but not in Terraform's state. */
export interface Orphan {
  readonly address: string;
  readonly type: string;
  readonly namespace: string | undefined;
  readonly name: string;
}

/** API kinds of the kubernetes provider's resources. */
const KINDS: Readonly<Record<string, { apiVersion: string; kind: string }>> = {
  kubernetes_namespace: { apiVersion: 'v1', kind: 'Namespace' },
  kubernetes_config_map: { apiVersion: 'v1', kind: 'ConfigMap' },
  kubernetes_resource_quota: { apiVersion: 'v1', kind: 'ResourceQuota' },
  kubernetes_limit_range: { apiVersion: 'v1', kind: 'LimitRange' },
  kubernetes_network_policy: { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
  kubernetes_role: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role' },
  kubernetes_role_binding: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding' },
};

/** Whether the platform created it. Foreign objects are not adopted: `mlops down` would delete them. */
export async function isOurOrphan(kubernetes: Kubernetes, orphan: Orphan): Promise<boolean> {
  const { type, name, namespace } = orphan;
  if (type === 'helm_release') {
    const releases = await helmReleases(kubernetes, namespace ?? 'default');
    const found = releases.find((each) => each.name === name);
    return found !== undefined && isOurs(found);
  }
  const kind = KINDS[type];
  if (!kind) return false;
  const api = KubernetesObjectApi.makeApiClient(kubernetes.config);
  const metadata = namespace === undefined ? { name } : { name, namespace };
  const object = await orUndefined(api.read({ ...kind, metadata }));
  return object?.metadata?.labels?.[LABEL.partOf] === PART_OF;
}
