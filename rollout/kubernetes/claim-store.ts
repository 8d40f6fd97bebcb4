import type { V1Lease } from '@kubernetes/client-node';
import { V1MicroTime } from '@kubernetes/client-node';
import { CLAIM, claimName } from '../../contracts/claims';
import { LABEL, PART_OF } from '../../contracts/objects';
import { describeHolder } from '../failures';
import type { ClaimRecord, ClaimStore, Holder } from '../ports';
import { isConflict, orUndefined, type KubernetesApi } from './api';

const { namespace } = CLAIM;

/** Claims as Leases, one per model. */
export function claimStore({ coordination }: Pick<KubernetesApi, 'coordination'>): ClaimStore {
  return {
    read: async (model) => {
      const lease = await orUndefined(
        coordination.readNamespacedLease({ name: claimName(model), namespace }),
      );
      return lease && { record: recordOf(lease), revision: lease.metadata?.resourceVersion ?? '' };
    },
    write: async (model, revision, record) => {
      const body = leaseOf(model, revision, record);
      try {
        const written = await (revision === undefined
          ? coordination.createNamespacedLease({ namespace, body })
          : coordination.replaceNamespacedLease({ name: claimName(model), namespace, body }));
        return written.metadata?.resourceVersion ?? '';
      } catch (error) {
        if (isConflict(error)) return undefined;
        throw error;
      }
    },
  };
}

function leaseOf(model: string, revision: string | undefined, record: ClaimRecord): V1Lease {
  const { holder, acquired, renewed, seconds, unfinished } = record;
  return {
    metadata: {
      name: claimName(model),
      namespace,
      labels: { [LABEL.partOf]: PART_OF, [LABEL.managedBy]: 'mlops', [LABEL.model]: model },
      annotations: {
        ...(holder === undefined ? {} : { [CLAIM.holder]: JSON.stringify(holder) }),
        ...(unfinished === undefined ? {} : { [CLAIM.unfinished]: unfinished }),
      },
      ...(revision === undefined ? {} : { resourceVersion: revision }),
    },
    spec: {
      ...(holder === undefined ? {} : { holderIdentity: describeHolder(holder) }),
      acquireTime: new V1MicroTime(acquired.getTime()),
      renewTime: new V1MicroTime(renewed.getTime()),
      leaseDurationSeconds: seconds,
    },
  };
}

function recordOf({ metadata, spec }: V1Lease): ClaimRecord {
  const { [CLAIM.holder]: holder, [CLAIM.unfinished]: unfinished } = metadata?.annotations ?? {};
  return {
    holder: spec?.holderIdentity && holder !== undefined ? (JSON.parse(holder) as Holder) : undefined,
    acquired: new Date(spec?.acquireTime ?? 0),
    renewed: new Date(spec?.renewTime ?? 0),
    seconds: spec?.leaseDurationSeconds ?? 0,
    unfinished,
  };
}
