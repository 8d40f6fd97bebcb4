import type { CiBuilder } from '../../contracts/ci';
import { NAMESPACE } from '../../contracts/namespaces';
import { SECRET } from '../../contracts/objects';
import { RELEASE_LIST } from '../../contracts/release-list';

type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly Verb[];
}

/** What a build may do, by namespace. */
export type Access = Readonly<Partial<Record<string, readonly Rule[]>>>;

const READ: readonly Verb[] = ['get', 'list', 'watch'];
const CHANGE: readonly Verb[] = [...READ, 'create', 'update', 'patch', 'delete'];

/** What changes which versions run: the release list, claims, Terraform's state and the Helm releases of serving. */
const OPERATE: Access = {
  [NAMESPACE.serving]: [
    {
      apiGroups: [''],
      resources: ['configmaps'],
      resourceNames: [RELEASE_LIST.name],
      verbs: [...READ, 'update', 'patch'],
    },
    // Claims. Kubernetes cannot limit `create` to a name.
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update'] },
    // What the charts of the gateway and of versions consist of, and Helm's records of them.
    { apiGroups: [''], resources: ['configmaps', 'secrets', 'services'], verbs: CHANGE },
    { apiGroups: ['apps'], resources: ['deployments'], verbs: CHANGE },
    { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: CHANGE },
    { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: CHANGE },
    { apiGroups: ['gateway.networking.k8s.io'], resources: ['httproutes'], verbs: CHANGE },
    { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: CHANGE },
    { apiGroups: ['apps'], resources: ['replicasets'], verbs: READ },
    { apiGroups: [''], resources: ['pods', 'pods/log', 'events'], verbs: READ },
    // Ask gateway pods which weights they apply, and make kubelet sync their volumes.
    { apiGroups: [''], resources: ['pods/proxy'], verbs: ['get'] },
    { apiGroups: [''], resources: ['pods/status'], verbs: ['patch'] },
  ],
  // Terraform's state and its lock.
  [NAMESPACE.system]: [
    { apiGroups: [''], resources: ['secrets'], verbs: CHANGE },
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: CHANGE },
  ],
  [NAMESPACE.registry]: [
    { apiGroups: [''], resources: ['secrets'], resourceNames: [SECRET.mlflow], verbs: ['get'] },
  ],
};

/** What starts a run of the pipeline and follows it. */
const RUN_PIPELINE: readonly Rule[] = [
  { apiGroups: ['batch'], resources: ['cronjobs'], verbs: ['get'] },
  { apiGroups: ['batch'], resources: ['jobs'], verbs: [...READ, 'create', 'delete'] },
  { apiGroups: [''], resources: ['pods', 'pods/log'], verbs: READ },
];

/** What the chart of training consists of, and Helm's records of it. */
const APPLY_TRAINING: readonly Rule[] = [
  { apiGroups: [''], resources: ['secrets'], verbs: CHANGE },
  { apiGroups: ['batch'], resources: ['cronjobs'], verbs: CHANGE },
  { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: CHANGE },
];

/**
 * The RBAC matrix: who may do what. `test` runs a commit that nobody has read, and `image` talks to the OCI registry
 * only: neither has a service account.
 */
export const BUILDER_ACCESS: Readonly<Record<CiBuilder, Access>> = {
  test: {},
  image: {},
  train: { [NAMESPACE.ci]: RUN_PIPELINE },
  deploy: OPERATE,
  rollback: OPERATE,
  reconcile: { ...OPERATE, [NAMESPACE.ci]: [...RUN_PIPELINE, ...APPLY_TRAINING] },
};
