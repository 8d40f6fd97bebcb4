import { RoleBinding } from '@cdktf/provider-kubernetes/lib/role-binding';
import { Role, type RoleRule } from '@cdktf/provider-kubernetes/lib/role';
import { Construct } from 'constructs';
import { RELEASE_LIST } from '../../contracts/release-list';
import { labels } from '../shared/labels';

const READ = ['get', 'list', 'watch'];

export interface AccessProps {
  readonly namespace: string;
  /** Group name from the cluster's authentication. */
  readonly group: string;
  /** @default the built-in ClusterRole `admin` in this namespace */
  readonly rules?: RoleRule[];
}

/** What a group may do in one namespace. */
export class Access extends Construct {
  constructor(scope: Construct, id: string, { namespace, group, rules }: AccessProps) {
    super(scope, id);
    const metadata = { name: id, namespace, labels: labels('access') };
    const role = rules === undefined ? undefined : new Role(this, 'role', { metadata, rule: rules });
    new RoleBinding(this, 'binding', {
      metadata,
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: role === undefined ? 'ClusterRole' : 'Role',
        name: role === undefined ? 'admin' : role.metadata.name,
      },
      subject: [{ kind: 'Group', name: group, apiGroup: 'rbac.authorization.k8s.io' }],
    });
  }
}

/** Start training runs and follow them. */
export const TRAIN: RoleRule[] = [
  { apiGroups: ['batch'], resources: ['cronjobs'], verbs: READ },
  { apiGroups: ['batch'], resources: ['jobs'], verbs: [...READ, 'create', 'delete'] },
  { apiGroups: [''], resources: ['pods', 'pods/log', 'events'], verbs: READ },
];

/** Change which versions run; see everything in the namespace except Secrets. */
export const RELEASE: RoleRule[] = [
  {
    apiGroups: [''],
    resources: ['configmaps'],
    resourceNames: [RELEASE_LIST.name],
    verbs: [...READ, 'update', 'patch'],
  },
  // Claims. Kubernetes cannot limit `create` to a name.
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update'] },
  { apiGroups: [''], resources: ['pods', 'pods/log', 'services', 'events'], verbs: READ },
  // Read the gateway pods' config and make kubelet sync their volumes, without changing what they run.
  { apiGroups: [''], resources: ['pods/proxy'], verbs: ['get'] },
  { apiGroups: [''], resources: ['pods/status'], verbs: ['patch'] },
  { apiGroups: ['apps'], resources: ['deployments', 'replicasets'], verbs: READ },
];
