import {
  ApisApi,
  AuthorizationV1Api,
  StorageV1Api,
  type V1Node,
  type V1ResourceAttributes,
} from '@kubernetes/client-node';
import { errors } from '../errors';
import { orUndefined, type Kubernetes } from './kubernetes';
import { foreignNamespaces } from './namespaces';

/** What `mlops up` makes that only administrators may. */
const RIGHTS: readonly V1ResourceAttributes[] = [
  { verb: 'create', resource: 'namespaces' },
  { verb: 'create', group: 'rbac.authorization.k8s.io', resource: 'clusterroles' },
  { verb: 'create', group: 'rbac.authorization.k8s.io', resource: 'clusterrolebindings' },
  { verb: 'create', group: 'rbac.authorization.k8s.io', resource: 'roles' },
  { verb: 'create', group: 'networking.k8s.io', resource: 'networkpolicies' },
  { verb: 'create', resource: 'secrets' },
  { verb: 'create', resource: 'resourcequotas' },
];

/** What a cluster tells of itself; undefined where this user may not ask. */
export interface ClusterTraits {
  readonly mayNot: readonly string[];
  readonly hasDefaultStorage: boolean | undefined;
  readonly architectures: readonly string[] | undefined;
  readonly isOpenShift: boolean;
  /** Namespaces that somebody else made under names of the platform's. */
  readonly foreignNamespaces: readonly string[];
  /** Configuration of its DNS. */
  readonly dns: string | undefined;
}

/** Sentences on what keeps the platform from running on a cluster. */
export function unmetRequirements(traits: ClusterTraits, architecture: string): readonly string[] {
  const {
    mayNot,
    hasDefaultStorage,
    architectures = [],
    isOpenShift,
    foreignNamespaces: taken,
    dns,
  } = traits;
  const others = architectures.filter((each) => each !== architecture);
  return [
    ...(mayNot.length === 0 ? [] : [`This user may not ${mayNot.join(', ')}; cluster-admin may.`]),
    ...(hasDefaultStorage === false ? ['It has no default StorageClass; databases need volumes.'] : []),
    ...(others.length === 0
      ? []
      : [
          `Images built on this machine are for ${architecture}, and some nodes are ${others.join(', ')}; run mlops on a machine like the nodes.`,
        ]),
    ...(isOpenShift ? ['It is OpenShift, which assigns user ids; the images run as fixed ones.'] : []),
    ...(taken.length === 0
      ? []
      : [`Namespaces that somebody else made have names that the platform needs: ${taken.join(', ')}.`]),
    ...(dns === undefined || dns.includes('cluster.local')
      ? []
      : ['Its DNS domain is not cluster.local, by which the parts of the platform find one another.']),
  ];
}

/**
 * Checks an existing cluster before anything is changed in it.
 * @throws UserError clusterUnfit
 */
export async function checkRequirements(kubernetes: Kubernetes, architecture: string): Promise<void> {
  const problems = unmetRequirements(await traitsOf(kubernetes), architecture);
  if (problems.length > 0) throw errors.clusterUnfit(problems);
}

async function traitsOf(kubernetes: Kubernetes): Promise<ClusterTraits> {
  const { config, core } = kubernetes;
  const authorization = config.makeApiClient(AuthorizationV1Api);
  const ifAllowed = <T>(question: Promise<T>) => question.catch(() => undefined);
  const answers = await Promise.all(
    RIGHTS.map(async (resourceAttributes) => {
      const review = await authorization.createSelfSubjectAccessReview({
        body: { spec: { resourceAttributes } },
      });
      return review.status?.allowed === true;
    }),
  );
  const classes = await ifAllowed(config.makeApiClient(StorageV1Api).listStorageClass());
  const nodes = await ifAllowed(core.listNode());
  const groups = await config.makeApiClient(ApisApi).getAPIVersions();
  const dns = await ifAllowed(
    orUndefined(core.readNamespacedConfigMap({ namespace: 'kube-system', name: 'coredns' })),
  );
  return {
    mayNot: RIGHTS.filter((_, index) => answers[index] !== true).map(
      ({ verb, resource }) => `${verb ?? ''} ${resource ?? ''}`,
    ),
    hasDefaultStorage: classes?.items.some(
      ({ metadata }) => metadata?.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true',
    ),
    architectures: nodes && [...new Set(nodes.items.filter(takesPods).map(architectureOf))],
    isOpenShift: groups.groups.some(({ name }) => name === 'security.openshift.io'),
    foreignNamespaces: (await ifAllowed(foreignNamespaces(kubernetes))) ?? [],
    dns: dns?.data?.Corefile,
  };
}

const takesPods = ({ spec }: V1Node) => spec?.unschedulable !== true;
const architectureOf = ({ status }: V1Node) => status?.nodeInfo?.architecture ?? 'unknown';
