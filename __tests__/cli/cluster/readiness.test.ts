import type { AppsV1Api, V1Pod } from '@kubernetes/client-node';
import { describe, expect, it } from '@jest/globals';
import { hasRestarted, waitForReplicas, wantedReplicas } from '../../../cli/src/cluster/readiness';
import { loadConfig } from '../../../stacks/shared/config';

const since = new Date('2026-01-01T10:00:00.700Z');

const pod = (ready: 'True' | 'False', startedAt: string | undefined): V1Pod => ({
  status: {
    conditions: [{ type: 'Ready', status: ready }],
    containerStatuses: [
      {
        name: 'a',
        image: 'a',
        imageID: 'a',
        ready: true,
        restartCount: 1,
        state: startedAt === undefined ? {} : { running: { startedAt: new Date(startedAt) } },
      },
    ],
  },
});

describe('a pod after its node was restarted', () => {
  it.each([
    ['runs again when its container started since', pod('True', '2026-01-01T10:00:05Z'), true],
    ['counts within the second of the restart', pod('True', '2026-01-01T10:00:00Z'), true],
    ['is still the old one when the API has not heard of it', pod('True', '2026-01-01T09:59:00Z'), false],
    ['is not there before it is ready', pod('False', '2026-01-01T10:00:05Z'), false],
    ['is not there while a container waits', pod('True', undefined), false],
  ])('%s', (_, each, expected) => {
    expect(hasRestarted(each, since)).toBe(expected);
  });
});

describe('the replicas that platform.yaml asks for', () => {
  const config = loadConfig();

  it.each([
    ['the gateway', { 'app.kubernetes.io/name': 'gateway' }, config.sizes.gateway.replicas],
    ['a version of a model', { 'mlops.dev/model': 'fraud' }, config.models.fraud?.replicas],
    ['a model that is gone from the file', { 'mlops.dev/model': 'gone' }, 1],
    ['anything else', { 'app.kubernetes.io/name': 'mlflow' }, 1],
  ])('of %s', (_, labels, expected) => {
    expect(wantedReplicas(config, labels)).toBe(expected);
  });
});

describe('the pods that a version must have before it gets traffic', () => {
  const waiting = (ready: (number | undefined)[]) => {
    const apps = {
      readNamespacedDeployment: () => Promise.resolve({ status: { readyReplicas: ready.shift() } }),
    } as unknown as AppsV1Api;
    const where = { name: 'fraud-v2', namespace: 'mlops-serving', replicas: 2 };
    return waitForReplicas({ apps }, new AbortController().signal, where);
  };

  it('are waited for, as an autoscaled Deployment begins with one', async () => {
    const answers = [undefined, 1, 2, 2];
    await waiting(answers);
    expect(answers).toEqual([2]);
  });
});
