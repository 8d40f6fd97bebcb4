import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { ApiException, KubernetesObjectApi } from '@kubernetes/client-node';
import { isOurOrphan } from '../../../cli/src/cluster/ownership';
import { FakeKubernetes, helmRecord } from '../support/fake-kubernetes';

afterEach(() => {
  jest.restoreAllMocks();
});

const namespace = (type = 'kubernetes_namespace') => ({
  address: 'a',
  type,
  namespace: undefined,
  name: 'mlops-ci',
});

/** A cluster in which the object has these labels, or does not exist. */
function cluster(labels: Record<string, string> | undefined) {
  jest.spyOn(KubernetesObjectApi, 'makeApiClient').mockReturnValue({
    read: () =>
      labels === undefined
        ? Promise.reject(new ApiException(404, 'not found', {}, {}))
        : Promise.resolve({ metadata: { labels } }),
  } as never);
  return new FakeKubernetes().client;
}

describe('an object that already exists', () => {
  it.each([
    ['with our label', { 'app.kubernetes.io/part-of': 'mlops' }, true],
    ['with another label', { 'app.kubernetes.io/part-of': 'other' }, false],
    ['without labels', {}, false],
    ['that is gone meanwhile', undefined, false],
  ])('%s', async (_, labels, ours) => {
    expect(await isOurOrphan(cluster(labels), namespace())).toBe(ours);
  });

  it('of a kind that we never create is not ours', async () => {
    const labels = { 'app.kubernetes.io/part-of': 'mlops' };
    expect(await isOurOrphan(cluster(labels), namespace('kubernetes_secret'))).toBe(false);
  });

  it.each([
    ['mlops', true],
    ['somebody-else', false],
  ])('as a Helm release is ours by what it made: part of %s', async (partOf, ours) => {
    const kubernetes = new FakeKubernetes();
    kubernetes.put('Secret', helmRecord('fraud-v2', 1, 'deployed', partOf));
    const orphan = { address: 'a', type: 'helm_release', namespace: 'mlops-serving', name: 'fraud-v2' };
    expect(await isOurOrphan(kubernetes.client, orphan)).toBe(ours);
    expect(await isOurOrphan(kubernetes.client, { ...orphan, name: 'other' })).toBe(false);
  });
});
