import { describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Kubernetes } from '../../../cli/src/cluster/kubernetes';
import { errors } from '../../../cli/src/errors';
import { gatewayOf } from '../../../rollout/kubernetes/gateway';

interface Pod {
  readonly name: string;
  /** What it answers to GET /gateway/config, by the number of times that it was told to look. */
  readonly configs: readonly unknown[];
  readonly deleted?: boolean;
}

function gatewayWith(pods: readonly Pod[], address = 'http://127.0.0.1:9', patienceSeconds = 0.3) {
  const nudged = new Map<string, number>();
  const core = {
    listNamespacedPod: () =>
      Promise.resolve({
        items: pods.map(({ name, deleted }) => ({
          metadata: { name, ...(deleted && { deletionTimestamp: new Date() }) },
          status: { phase: 'Running' },
        })),
      }),
    patchNamespacedPodStatus: ({ name }: { name: string }) => {
      nudged.set(name, (nudged.get(name) ?? 0) + 1);
      return Promise.resolve({});
    },
    connectGetNamespacedPodProxyWithPath: ({ name, path }: { name: string; path: string }) => {
      expect(path).toBe('gateway/config');
      const [pod = ''] = name.split(':');
      const configs = pods.find((each) => each.name === pod)?.configs ?? [];
      const config = configs[Math.min(nudged.get(pod) ?? 0, configs.length - 1)];
      return config === undefined
        ? Promise.reject(new Error('refused'))
        : Promise.resolve(JSON.stringify(config));
    },
  };
  const gateway = gatewayOf({
    kubernetes: { core } as unknown as Kubernetes,
    signal: new AbortController().signal,
    failures: errors,
    withAddress: (use) => use(address),
    patienceSeconds,
  });
  return { gateway, nudged };
}

const sends = (fraud: Record<string, number>) => ({ models: { fraud } });
const WANTED = { '2': 100, '1': 0 };

describe('new weights', () => {
  it('are applied once every pod reports them; a late pod is nudged', async () => {
    const { gateway, nudged } = gatewayWith([
      { name: 'a', configs: [sends(WANTED)] },
      { name: 'b', configs: [sends({ '1': 100, '2': 0 }), sends(WANTED)] },
      { name: 'leaving', configs: [sends({ '1': 100 })], deleted: true },
    ]);
    await gateway.takeUp('fraud', WANTED);
    expect([...nudged]).toEqual([['b', 1]]);
  });

  it('do not wait for the route of a version without traffic', async () => {
    const { gateway } = gatewayWith([{ name: 'a', configs: [sends({ '2': 100 })] }]);
    await expect(gateway.takeUp('fraud', WANTED)).resolves.toBeUndefined();
  });

  it.each([
    ['sends elsewhere', sends({ '1': 100, '2': 0 }), 'a: sends {"1":100,"2":0}'],
    ['still sends to a version that left', sends({ '2': 100, '7': 5 }), 'a: sends {"2":100,"7":5}'],
    [
      'refuses the list',
      { ...sends({ '1': 100 }), refused: { fraud: 'no upstream yet' } },
      'a: no upstream yet',
    ],
    ['does not answer', undefined, 'a: no answer'],
  ])('are not applied while a pod %s: the error names the model', async (_, config, got) => {
    const { gateway } = gatewayWith([{ name: 'a', configs: [config] }]);
    await expect(gateway.takeUp('fraud', WANTED)).rejects.toMatchObject({
      exitCode: 5,
      problem: {
        what: 'The gateway did not apply the new weights for fraud within 0.3 s.',
        got,
        expected: 'all gateway pods sending traffic to version 2',
      },
    });
  });

  it('are not applied if no pod is running', async () => {
    const { gateway } = gatewayWith([]);
    await expect(gateway.takeUp('fraud', WANTED)).rejects.toMatchObject({
      problem: { got: 'no gateway pod is running' },
    });
  });
});

describe('a version addressed directly', () => {
  const withServer = async (statuses: number[], use: (address: string) => Promise<void>) => {
    const server = createServer((request, response) => {
      expect(request.url).toBe('/v2/models/fraud/versions/3/ready');
      response.writeHead((statuses.length > 1 ? statuses.shift() : statuses[0]) ?? 500).end();
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  };

  it('is waited for until it answers', async () => {
    await withServer([404, 503, 200], async (address) => {
      const { gateway } = gatewayWith([], address, 5);
      expect(await gateway.answers('fraud', '3')).toBe(false);
      await gateway.proveAnswers('fraud', '3');
      expect(await gateway.answers('fraud', '3')).toBe(true);
    });
  });

  it('times out: the error says what it answered', async () => {
    await withServer([503], async (address) => {
      const { gateway } = gatewayWith([], address);
      await expect(gateway.proveAnswers('fraud', '3')).rejects.toMatchObject({
        problem: { got: 'HTTP 503' },
      });
    });
  });

  it('does not answer without a gateway', async () => {
    expect(await gatewayWith([]).gateway.answers('fraud', '3')).toBe(false);
  });
});
