import { createServer } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { afterEach, describe, expect, it } from '@jest/globals';
import { closeServers, listen, selfSigned } from '../toolchain/support/servers';
import { differences, inventory } from './cluster-inventory';

afterEach(closeServers);

const list = (...items: object[]) => ({ items: items.map((metadata) => ({ metadata })) });

const ANSWERS: Readonly<Record<string, object>> = {
  '/apis': {
    groups: [
      { name: 'apps', preferredVersion: { groupVersion: 'apps/v1' } },
      { name: 'metrics.k8s.io', preferredVersion: { groupVersion: 'metrics.k8s.io/v1beta1' } },
    ],
  },
  '/api/v1': {
    resources: [
      { name: 'namespaces', verbs: ['get', 'list'] },
      { name: 'namespaces/status', verbs: ['get', 'list'] },
      { name: 'bindings', verbs: ['create'] },
      { name: 'events', verbs: ['list'] },
    ],
  },
  '/apis/apps/v1': { resources: [{ name: 'deployments', verbs: ['list'] }] },
  '/api/v1/namespaces': list({ name: 'mlops', resourceVersion: '7' }),
  '/apis/apps/v1/deployments': list({ name: 'gateway', namespace: 'mlops', resourceVersion: '9' }),
};

describe('what a cluster holds', () => {
  it('is every object of every kind that can be listed, but those that come and go', async () => {
    const tls = selfSigned();
    const host = await listen(
      createServer(tls, ({ url = '' }, response) => {
        const answer = ANSWERS[url];
        response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer ?? {}));
      }),
    );
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: 'c', server: `https://${host}`, caData: tls.cert.toString('base64'), skipTLSVerify: false },
      { name: 'u' },
    );
    expect([...(await inventory(config))]).toEqual([
      ['v1/namespaces mlops', '7'],
      ['apps/v1/deployments mlops gateway', '9'],
    ]);
  });

  it('differs by what is left, lost, and written', () => {
    const before = new Map([
      ['a', '1'],
      ['b', '1'],
      ['c', '1'],
    ]);
    const after = new Map([
      ['b', '2'],
      ['c', '2'],
      ['d', '1'],
    ]);
    expect(differences(before, after, ['a', 'b'])).toEqual({ left: ['d'], lost: ['a'], changed: ['b'] });
  });
});
