import { V1MicroTime, type V1Lease } from '@kubernetes/client-node';
import { LEADER } from '../../contracts/claims';
import { LABEL, PART_OF } from '../../contracts/objects';
import type { LeaderRecord, LeaderStore } from '../controller/leadership';
import { isConflict, orUndefined, type KubernetesApi } from './api';

const { name, namespace } = LEADER;

/** The Lease of the controller that leads. */
export function leaderLease({ coordination }: Pick<KubernetesApi, 'coordination'>): LeaderStore {
  return {
    read: async () => {
      const lease = await orUndefined(coordination.readNamespacedLease({ name, namespace }));
      return lease && { record: recordOf(lease), revision: lease.metadata?.resourceVersion ?? '' };
    },
    write: async (revision, record) => {
      const body = leaseOf(revision, record);
      try {
        const written = await (revision === undefined
          ? coordination.createNamespacedLease({ namespace, body })
          : coordination.replaceNamespacedLease({ name, namespace, body }));
        return written.metadata?.resourceVersion ?? '';
      } catch (error) {
        if (isConflict(error)) return undefined;
        throw error;
      }
    },
  };
}

function leaseOf(
  revision: string | undefined,
  { holder, acquired, renewed, seconds }: LeaderRecord,
): V1Lease {
  return {
    metadata: {
      name,
      namespace,
      labels: { [LABEL.name]: name, [LABEL.partOf]: PART_OF },
      ...(revision === undefined ? {} : { resourceVersion: revision }),
    },
    spec: {
      ...(holder === undefined ? {} : { holderIdentity: holder }),
      acquireTime: new V1MicroTime(acquired.getTime()),
      renewTime: new V1MicroTime(renewed.getTime()),
      leaseDurationSeconds: seconds,
    },
  };
}

function recordOf({ spec }: V1Lease): LeaderRecord {
  return {
    holder: spec?.holderIdentity === '' ? undefined : spec?.holderIdentity,
    acquired: new Date(spec?.acquireTime ?? 0),
    renewed: new Date(spec?.renewTime ?? 0),
    seconds: spec?.leaseDurationSeconds ?? 0,
  };
}
