import { gzipSync } from 'node:zlib';
import {
  KubernetesObjectApi,
  type KubeConfig,
  type KubernetesObject,
  type V1ObjectMeta,
} from '@kubernetes/client-node';
import { stringify } from 'yaml';
import { waitFor } from '../../support/wait-for';
import { LABEL, PART_OF, SECRET } from '../../../contracts/objects';
import { RELEASE_LIST } from '../../../contracts/release-list';

/** Of somebody else, who calls their platform what ours is called. */
const THEIRS = 'mlops';
const ARCHIVE = 'mlops-serving-archive';
const PART = { [LABEL.partOf]: PART_OF };

const object = (
  apiVersion: string,
  kind: string,
  metadata: V1ObjectMeta,
  rest: object = {},
): KubernetesObject => ({ apiVersion, kind, metadata, ...rest });

const secret = (namespace: string, name: string, labels = {}) =>
  object('v1', 'Secret', { namespace, name, labels }, { stringData: { password: 'theirs' } });

/** A gateway that they have stopped: nobody else may start it. */
const GATEWAY = object(
  'apps/v1',
  'Deployment',
  { namespace: THEIRS, name: 'gateway', labels: { ...PART, [LABEL.name]: 'gateway' } },
  {
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: 'gateway' } },
      template: {
        metadata: { labels: { app: 'gateway' } },
        spec: { containers: [{ name: 'gateway', image: 'registry.invalid/gateway:1' }] },
      },
    },
  },
);

/** Helm's record of a release: base64 of gzip of JSON, base64-encoded again by the Secret. */
function helmRelease(namespace: string, name: string, status: string): KubernetesObject {
  const manifest = stringify({ ...GATEWAY, metadata: { ...GATEWAY.metadata, namespace } });
  const packed = gzipSync(JSON.stringify({ name, namespace, version: 1, info: { status }, manifest }));
  const metadata = {
    namespace,
    name: `sh.helm.release.v1.${name}.v1`,
    labels: { owner: 'helm', name, status, version: '1' },
  };
  const type = 'helm.sh/release.v1';
  return object('v1', 'Secret', metadata, { type, stringData: { release: packed.toString('base64') } });
}

const OBJECTS: readonly KubernetesObject[] = [
  object('v1', 'Namespace', { name: THEIRS, labels: PART }),
  object('v1', 'Namespace', { name: ARCHIVE, labels: PART }),
  ...Object.values(SECRET).map((name) => secret(THEIRS, name, PART)),
  secret('default', SECRET.mlflow),
  secret(ARCHIVE, 'tfstate-default-serving', { [LABEL.managedBy]: 'terraform' }),
  // One that works, and one whose upgrade was killed: ours are healed, theirs are not.
  helmRelease(THEIRS, 'gateway', 'deployed'),
  helmRelease(ARCHIVE, 'fraud-v1', 'pending-upgrade'),
  GATEWAY,
  object('v1', 'ConfigMap', { namespace: ARCHIVE, name: RELEASE_LIST.name }, { data: { theirs: 'yes' } }),
  object('coordination.k8s.io/v1', 'Lease', { namespace: ARCHIVE, name: 'lock-tfstate-default-serving' }),
  object(
    'rbac.authorization.k8s.io/v1',
    'ClusterRole',
    { name: 'mlops-monitoring', labels: PART },
    { rules: [] },
  ),
  object('scheduling.k8s.io/v1', 'PriorityClass', { name: 'mlops', labels: PART }, { value: 7 }),
];

/** Puts objects with names, labels and states like the platform's into a cluster. @returns how an inventory calls them */
export async function plantLookAlikes(config: KubeConfig): Promise<readonly string[]> {
  const api = KubernetesObjectApi.makeApiClient(config);
  for (const each of OBJECTS) await api.create(each);
  await waitFor(
    async () => {
      const { metadata = {} } = GATEWAY;
      const header = { name: metadata.name ?? '', namespace: metadata.namespace ?? '' };
      const found = await api.read({ ...GATEWAY, metadata: header });
      const { status } = found as { status?: { observedGeneration?: number } };
      if (status?.observedGeneration === undefined) throw new Error('their gateway has no status yet');
    },
    { timeout: 60_000, interval: 500 },
  );
  return OBJECTS.map(({ apiVersion = '', kind = '', metadata }) =>
    [
      `${apiVersion}/${plural(kind)}`,
      ...(metadata?.namespace === undefined ? [] : [metadata.namespace]),
      metadata?.name ?? '',
    ].join(' '),
  );
}

function plural(kind: string): string {
  const word = kind.toLowerCase();
  return word.endsWith('s') ? `${word}es` : `${word}s`;
}
