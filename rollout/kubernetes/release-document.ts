import type { V1ConfigMap } from '@kubernetes/client-node';
import { RELEASE_LIST } from '../../contracts/release-list';
import { RolloutError } from '../failures';
import type { ReleaseDocument } from '../ports';
import { parseReleases, type Releases } from '../releases';
import { isConflict, orUndefined, type KubernetesApi } from './api';

const { name, namespace } = RELEASE_LIST;

/** The release list and its history, in their ConfigMap. */
export function releaseDocument({ core }: Pick<KubernetesApi, 'core'>): ReleaseDocument {
  let last: V1ConfigMap | undefined;
  return {
    read: async () => {
      last = await orUndefined(core.readNamespacedConfigMap({ name, namespace }));
      if (!last) throw new RolloutError({ kind: 'listInvalid', reason: 'it does not exist' });
      const { data, metadata } = last;
      return {
        releases: parseReleases(data?.[RELEASE_LIST.releases], data?.[RELEASE_LIST.history]),
        revision: metadata?.resourceVersion ?? '',
      };
    },
    replace: async (revision, { list, history }) => {
      const body: V1ConfigMap = {
        ...last,
        metadata: { ...last?.metadata, name, namespace, resourceVersion: revision },
        data: {
          [RELEASE_LIST.releases]: JSON.stringify(list, null, 2),
          [RELEASE_LIST.history]: JSON.stringify(history, null, 2),
        },
      };
      try {
        await core.replaceNamespacedConfigMap({ name, namespace, body });
        return true;
      } catch (error) {
        if (isConflict(error)) return false;
        throw error;
      }
    },
  };
}

/** @throws RolloutError listInvalid when it is missing or malformed */
export async function readReleases(kubernetes: Pick<KubernetesApi, 'core'>): Promise<Releases> {
  return (await releaseDocument(kubernetes).read()).releases;
}
