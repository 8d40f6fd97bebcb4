import { describe, expect, it } from '@jest/globals';
import { claimStore } from '../../../rollout/kubernetes/claim-store';
import { releaseDocument } from '../../../rollout/kubernetes/release-document';
import { FakeKubernetes, releaseListMap } from '../../cli/support/fake-kubernetes';

const holder = {
  who: 'ada@laptop',
  host: 'laptop',
  pid: 7,
  incarnation: 'x',
  command: 'mlops rollback fraud',
};
const at = new Date('2026-01-01T12:00:00.000Z');
const record = { holder, acquired: at, renewed: at, seconds: 15, unfinished: 'mlops rollback fraud' };

describe('claims in Leases', () => {
  it('survive a round trip', async () => {
    const kubernetes = new FakeKubernetes();
    const store = claimStore(kubernetes.client);
    expect(await store.read('fraud')).toBeUndefined();
    const revision = await store.write('fraud', undefined, record);
    expect(await store.read('fraud')).toEqual({ record, revision });
    expect(kubernetes.names('Lease')).toEqual(['release-fraud']);
    const released = { ...record, holder: undefined, unfinished: undefined };
    const next = await store.write('fraud', revision, released);
    expect(await store.read('fraud')).toEqual({ record: released, revision: next });
  });

  it('go to one of two that find them free', async () => {
    const store = claimStore(new FakeKubernetes().client);
    const revision = await store.write('fraud', undefined, record);
    expect(await store.write('fraud', undefined, record)).toBeUndefined();
    expect(await store.write('fraud', revision, record)).toBeDefined();
    expect(await store.write('fraud', revision, record)).toBeUndefined();
  });
});

describe('the release list in its ConfigMap', () => {
  it('is replaced only if unchanged since it was read, and keeps its labels', async () => {
    const kubernetes = new FakeKubernetes();
    kubernetes.put('ConfigMap', releaseListMap('1'));
    const document = releaseDocument(kubernetes.client);
    const { releases, revision } = await document.read();
    const next = { ...releases, list: { schema: 1 as const, models: {} } };
    expect(await document.replace(revision, next)).toBe(true);
    expect(await document.replace(revision, releases)).toBe(false);
    expect((await document.read()).releases).toEqual(next);
    expect(kubernetes.objects.get('ConfigMap/mlops-serving/release-list')?.metadata?.labels).toEqual({
      keep: 'me',
    });
  });

  it('is not an empty list if it does not exist', async () => {
    await expect(releaseDocument(new FakeKubernetes().client).read()).rejects.toMatchObject({
      failure: { kind: 'listInvalid' },
    });
  });
});
