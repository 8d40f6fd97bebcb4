import type { V1ConfigMap } from '@kubernetes/client-node';
import { isConflict, orUndefined, type Kubernetes } from '../cluster/kubernetes';
import { errors } from '../errors';
import { parseHistory, parseReleaseList, type History, type ReleaseList } from './release-list';

const NAME = 'release-list';
const NAMESPACE = 'mlops-serving';

export interface StoredReleases {
  readonly list: ReleaseList;
  readonly history: History;
  /** What a later save compares with, so that nobody's change is overwritten. */
  readonly resourceVersion: string;
}

/** @throws UserError releaseListInvalid when it is missing or malformed */
export async function readReleases({ core }: Kubernetes): Promise<StoredReleases> {
  const map = await orUndefined(core.readNamespacedConfigMap({ name: NAME, namespace: NAMESPACE }));
  if (!map) throw errors.releaseListInvalid('it does not exist');
  return fromConfigMap(map);
}

/**
 * Replaces both lists, if nobody else has since they were read.
 * @returns what is stored now
 * @throws UserError releaseListConflict
 */
export async function saveReleases(
  { core }: Kubernetes,
  read: StoredReleases,
  list: ReleaseList,
  history: History = read.history,
): Promise<StoredReleases> {
  const map = await core.readNamespacedConfigMap({ name: NAME, namespace: NAMESPACE });
  const body: V1ConfigMap = {
    ...map,
    metadata: { ...map.metadata, resourceVersion: read.resourceVersion },
    data: {
      'releases.json': JSON.stringify(list, null, 2),
      'history.json': JSON.stringify(history, null, 2),
    },
  };
  try {
    return fromConfigMap(await core.replaceNamespacedConfigMap({ name: NAME, namespace: NAMESPACE, body }));
  } catch (error) {
    if (isConflict(error)) throw errors.releaseListConflict();
    throw error;
  }
}

function fromConfigMap({ data, metadata }: V1ConfigMap): StoredReleases {
  return {
    list: parseReleaseList(data?.['releases.json']),
    history: parseHistory(data?.['history.json']),
    resourceVersion: metadata?.resourceVersion ?? '',
  };
}
