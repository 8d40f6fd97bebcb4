import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { KubernetesObjectApi } from '@kubernetes/client-node';
import { healReleases } from '../../../cli/src/cluster/heal-releases';
import { FakeKubernetes, helmRecord, releaseListMap } from '../support/fake-kubernetes';

const STACK = [
  { namespace: 'mlops-serving', name: undefined },
  { namespace: 'mlops-serving', name: 'gateway' },
];

let kubernetes: FakeKubernetes;
let deleted: string[];
let asked: number;

beforeEach(() => {
  kubernetes = new FakeKubernetes();
  kubernetes.put('ConfigMap', releaseListMap('1', '2'));
  deleted = [];
  asked = 0;
  jest.spyOn(KubernetesObjectApi, 'makeApiClient').mockReturnValue({
    delete: (object: { metadata: { name: string } }) => {
      deleted.push(object.metadata.name);
      return Promise.resolve({});
    },
  } as never);
});

const records = () => kubernetes.names('Secret').map((name) => name.replace('sh.helm.release.v1.', ''));
const heal = (thorough = false, recorded: string[] = []) =>
  healReleases(kubernetes.client, STACK, {
    recorded: () => {
      asked += 1;
      return Promise.resolve(recorded);
    },
    thorough,
    report: () => undefined,
  });

describe('a release left by a killed Helm', () => {
  it.each([
    ['pending-install', [[1, 'pending-install']], []],
    [
      'pending-upgrade',
      [
        [1, 'deployed'],
        [2, 'pending-upgrade'],
      ],
      ['fraud-v2.v1'],
    ],
    [
      'pending-rollback',
      [
        [1, 'superseded'],
        [2, 'deployed'],
        [3, 'pending-rollback'],
      ],
      ['fraud-v2.v1', 'fraud-v2.v2'],
    ],
    [
      'uninstalling',
      [
        [1, 'superseded'],
        [2, 'uninstalling'],
      ],
      [],
    ],
    ['deployed: nothing to heal', [[1, 'deployed']], ['fraud-v2.v1']],
  ] as const)('%s, and wanted: only what is in the way of Helm goes', async (_, revisions, left) => {
    for (const [revision, status] of revisions)
      kubernetes.put('Secret', helmRecord('fraud-v2', revision, status));
    await heal();
    expect(records()).toEqual(left);
    expect(deleted).toEqual([]);
  });

  it.each(['pending-install', 'uninstalling'])(
    '%s, and not wanted: goes with all it made',
    async (status) => {
      kubernetes.put('Secret', helmRecord('fraud-v9', 1, status));
      await heal();
      expect(records()).toEqual([]);
      expect(deleted).toEqual(['fraud-v9']);
    },
  );

  it('is left alone if it is not the platform’s or not in this stack', async () => {
    kubernetes.put('Secret', helmRecord('fraud-v9', 1, 'pending-install', 'somebody-else'));
    kubernetes.put('Secret', helmRecord('their-chart', 1, 'pending-install'));
    await heal(true);
    expect(records()).toEqual(['fraud-v9.v1', 'their-chart.v1']);
    expect(deleted).toEqual([]);
  });
});

describe('a deployed version that is not in the list', () => {
  beforeEach(() => {
    kubernetes.put('Secret', helmRecord('fraud-v9', 1, 'deployed'));
  });

  it('is removed after a killed command if Terraform does not know it', async () => {
    await heal(true);
    expect(deleted).toEqual(['fraud-v9']);
  });

  it('is left to Terraform if Terraform knows it', async () => {
    await heal(true, ['fraud-v9']);
    expect(deleted).toEqual([]);
    expect(asked).toBe(1);
  });

  it('is not searched for otherwise', async () => {
    await heal(false);
    expect(deleted).toEqual([]);
    expect(asked).toBe(0);
  });
});
