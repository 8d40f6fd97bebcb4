import { KubernetesObjectApi, type KubernetesObject, type V1Secret } from '@kubernetes/client-node';
import { gunzipSync } from 'node:zlib';
import { parseAllDocuments } from 'yaml';
import { LABEL, PART_OF } from '../../../contracts/objects';
import { orUndefined, type Kubernetes } from './kubernetes';

/** A Helm release, from its newest record. */
export interface HelmRelease {
  readonly namespace: string;
  readonly name: string;
  readonly status: string;
  /** Names of the Secrets that hold its revisions, newest last. */
  readonly records: readonly string[];
  /** Its rendered objects, as YAML. */
  readonly manifest: string;
}

/** Statuses of an operation that is in progress or was killed. */
const CUT_OFF = ['pending-install', 'pending-upgrade', 'pending-rollback', 'uninstalling'];

export const isCutOff = ({ status }: HelmRelease): boolean => CUT_OFF.includes(status);

/** Whether all objects of a release carry the platform's label. */
export function isOurs({ manifest }: Pick<HelmRelease, 'manifest'>): boolean {
  const objects = objectsOf(manifest);
  return objects.length > 0 && objects.every(({ metadata }) => metadata?.labels?.[LABEL.partOf] === PART_OF);
}

/** @throws whatever the API throws */
export async function helmReleases({ core }: Kubernetes, namespace: string): Promise<readonly HelmRelease[]> {
  const { items } = await core.listNamespacedSecret({ namespace, labelSelector: 'owner=helm' });
  const byName = new Map<string, V1Secret[]>();
  for (const secret of items) {
    const name = secret.metadata?.labels?.name ?? '';
    byName.set(name, [...(byName.get(name) ?? []), secret]);
  }
  return [...byName].map(([name, secrets]) => {
    const revisions = [...secrets].sort((a, b) => revisionOf(a) - revisionOf(b));
    const newest = revisions.at(-1);
    return {
      namespace,
      name,
      status: newest?.metadata?.labels?.status ?? '',
      records: revisions.map(({ metadata }) => metadata?.name ?? ''),
      manifest: manifestOf(newest),
    };
  });
}

/**
 * Clears what a killed operation left, so that Helm touches the release again: of an upgrade, the newest record; of an
 * installation or a removal, every record. What runs stays, and the next installation takes it over.
 */
export async function clearRecords({ core }: Kubernetes, release: HelmRelease): Promise<void> {
  const { namespace, status, records } = release;
  const isUpgrade = status === 'pending-upgrade' || status === 'pending-rollback';
  for (const name of isUpgrade ? records.slice(-1) : records) {
    await orUndefined(core.deleteNamespacedSecret({ namespace, name }));
  }
}

/** Removes a release and all its objects, whatever its status. */
export async function uninstall(kubernetes: Kubernetes, release: HelmRelease): Promise<void> {
  const api = KubernetesObjectApi.makeApiClient(kubernetes.config);
  for (const object of objectsOf(release.manifest)) {
    const target = { ...object, metadata: { namespace: release.namespace, ...object.metadata } };
    await orUndefined(api.delete(target, undefined, undefined, undefined, undefined, 'Background'));
  }
  for (const name of release.records) {
    await orUndefined(kubernetes.core.deleteNamespacedSecret({ namespace: release.namespace, name }));
  }
}

const revisionOf = ({ metadata }: V1Secret) => Number(metadata?.labels?.version ?? 0);

/** Source: Helm 3, pkg/storage/driver: base64 of gzip of JSON, base64-encoded again by the Secret. */
function manifestOf(secret: V1Secret | undefined): string {
  const packed = Buffer.from(secret?.data?.release ?? '', 'base64').toString('latin1');
  if (packed === '') return '';
  const text = gunzipSync(Buffer.from(packed, 'base64')).toString('utf8');
  return (JSON.parse(text) as { manifest?: string }).manifest ?? '';
}

function objectsOf(manifest: string): readonly KubernetesObject[] {
  return parseAllDocuments(manifest)
    .map((document) => document.toJS() as KubernetesObject | null)
    .filter((object) => object !== null);
}
