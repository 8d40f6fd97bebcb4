import { ApiException, type V1Namespace } from '@kubernetes/client-node';
import { describe, expect, it } from '@jest/globals';
import { ensureNamespace, foreignNamespaces, removeNamespace } from '../../../cli/src/cluster/namespaces';
import type { Kubernetes } from '../../../cli/src/cluster/kubernetes';

const OURS = { 'app.kubernetes.io/part-of': 'mlops' };
const signal = new AbortController().signal;

/** A cluster whose deleted namespaces stay for two more questions. */
function cluster(namespaces: Readonly<Record<string, Record<string, string>>>) {
  const left = new Map<string, V1Namespace>(
    Object.entries(namespaces).map(([name, labels]) => [name, { metadata: { name, labels } }]),
  );
  const questions = new Map<string, number>();
  const core = {
    readNamespace: ({ name }: { name: string }) => {
      const asked = questions.get(name);
      if (asked !== undefined) questions.set(name, asked + 1);
      if (asked === 2) left.delete(name);
      const found = left.get(name);
      return found ? Promise.resolve(found) : Promise.reject(new ApiException(404, 'not there', '{}', {}));
    },
    deleteNamespace: ({ name }: { name: string }) => {
      questions.set(name, 0);
      left.set(name, { metadata: { ...left.get(name)?.metadata, deletionTimestamp: new Date() } });
      return Promise.resolve({});
    },
    createNamespace: ({ body }: { body: V1Namespace }) => {
      const name = body.metadata?.name ?? '';
      if (left.has(name)) return Promise.reject(new ApiException(409, 'there', '{}', {}));
      questions.delete(name);
      left.set(name, body);
      return Promise.resolve(body);
    },
  } as unknown as Kubernetes['core'];
  return { core, left };
}

describe('namespaces of the platform on an existing cluster', () => {
  it('are told from those that somebody else made under their names, and from similar names', async () => {
    const there = { 'mlops-serving': OURS, 'mlops-ci': {}, 'mlops-ci-archive': {}, mlops: {} };
    expect(await foreignNamespaces(cluster(there))).toEqual(['mlops-ci']);
  });

  it('are gone before a removal ends', async () => {
    const { core, left } = cluster({ 'mlops-system': OURS });
    expect(await removeNamespace({ core }, 'mlops-system', signal)).toBe('removed mlops-system');
    expect([...left.keys()]).toEqual([]);
  });

  it('are not removed where somebody else made them', async () => {
    const { core, left } = cluster({ 'mlops-system': {} });
    expect(await removeNamespace({ core }, 'mlops-system', signal)).toContain('is not of this platform');
    expect([...left.keys()]).toEqual(['mlops-system']);
  });

  it('are made anew while Kubernetes still deletes former ones', async () => {
    const { core, left } = cluster({ 'mlops-system': OURS });
    await core.deleteNamespace({ name: 'mlops-system' });
    await ensureNamespace({ core }, 'mlops-system', { made: 'anew' }, signal);
    expect(left.get('mlops-system')?.metadata).toEqual({
      name: 'mlops-system',
      labels: { ...OURS, made: 'anew' },
    });
  });

  it('stay as they are when they are there', async () => {
    const { core, left } = cluster({ 'mlops-system': OURS });
    await ensureNamespace({ core }, 'mlops-system', { made: 'anew' }, signal);
    expect(left.get('mlops-system')?.metadata?.labels).toEqual(OURS);
  });
});
