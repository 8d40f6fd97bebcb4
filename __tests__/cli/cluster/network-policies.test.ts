import type { V1Namespace, V1Pod } from '@kubernetes/client-node';
import { execFile } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import {
  enforcementInWords,
  knownEnforcement,
  tryEnforcement,
  tryingPod,
} from '../../../cli/src/cluster/network-policies';
import type { Kubernetes } from '../../../cli/src/cluster/kubernetes';
import { SERVICE, clusterName } from '../../../contracts/services';

/** A cluster whose pods end with an exit code. */
function cluster(exitCode: number) {
  let system: V1Namespace = { metadata: { name: 'mlops-system', annotations: { theirs: 'kept' } } };
  const pods: string[] = [];
  let made = 0;
  const core = {
    listNode: () => Promise.resolve({ items: [{ metadata: { uid: 'node-1' } }] }),
    readNamespace: () => Promise.resolve(system),
    patchNamespace: ({ body }: { body: { value: Record<string, string> }[] }) => {
      system = { metadata: { ...system.metadata, annotations: body[0]?.value ?? {} } };
      return Promise.resolve(system);
    },
    createNamespacedPod: ({ body }: { body: V1Pod }) => {
      made += 1;
      pods.push('network-policies-x');
      return Promise.resolve({ ...body, metadata: { name: 'network-policies-x' } });
    },
    readNamespacedPod: () =>
      Promise.resolve({ status: { containerStatuses: [{ state: { terminated: { exitCode } } }] } }),
    deleteNamespacedPod: () => Promise.resolve(pods.pop()),
  };
  return { kubernetes: { core } as unknown as Kubernetes, pods, made: () => made };
}

describe('network policies', () => {
  it.each([
    [0, true, 'Network policies are enforced'],
    [10, false, 'Network policies are NOT enforced on this cluster: any pod can reach any other'],
  ])('exit code %d of the pod that tries: enforced is %s', async (code, enforced, words) => {
    const { kubernetes, pods } = cluster(code);
    const found = await tryEnforcement(kubernetes, 'image');
    expect(found?.enforced).toBe(enforced);
    expect(enforcementInWords(found)).toBe(words);
    expect(await knownEnforcement(kubernetes)).toEqual(found);
    expect(pods).toEqual([]);
  });

  it('are not said to be enforced where the pod had no network at all', async () => {
    const { kubernetes } = cluster(20);
    expect(enforcementInWords(await tryEnforcement(kubernetes, 'image'))).toContain('not known');
    expect(await knownEnforcement(kubernetes)).toBeUndefined();
  });

  it('are tried once per set of nodes', async () => {
    const { kubernetes, made } = cluster(0);
    await tryEnforcement(kubernetes, 'image');
    await tryEnforcement(kubernetes, 'image');
    expect(made()).toBe(1);
  });

  it('are tried by a program that tells a missing name from a closed port', async () => {
    const [node = '', ...args] = tryingPod('image').spec?.containers[0]?.command ?? [];
    // No name server knows this one (RFC 6761); a build in the cluster knows PostgreSQL's.
    const unknown = args.map((arg) => arg.replace(clusterName(SERVICE.postgres), 'postgres.invalid'));
    expect(unknown).not.toEqual(args);
    const code = await new Promise((resolve) => {
      execFile(node, unknown, (error) => {
        resolve(error?.code);
      });
    });
    expect(code).toBe(20);
  });
});
