import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Kubernetes } from '../../../cli/src/cluster/kubernetes';
import { followLogs } from '../../../cli/src/logs/follow';
import { readLogs } from '../../../cli/src/logs/read';
import { waitFor } from '../../support/wait-for';
import { FakePods } from '../support/fake-pods';

const GATEWAY = { 'app.kubernetes.io/name': 'gateway' };
const model = (name: string) => ({ 'app.kubernetes.io/name': 'model-version', 'mlops.dev/model': name });

const PATIENCE = { timeout: 8_000 };
let cluster: FakePods;
let kubernetes: Kubernetes;

beforeEach(async () => {
  cluster = new FakePods();
  kubernetes = await cluster.start();
});

afterEach(() => {
  cluster.stop();
});

describe('the logs of the pods that a request goes through', () => {
  it('are one, by time, with what was written before a restart', async () => {
    cluster.pods = [
      { name: 'gateway-1', labels: GATEWAY, log: ['2026-01-01T00:00:02Z b', '2026-01-01T00:00:04Z d'] },
      {
        name: 'fraud-v1-1',
        labels: model('fraud'),
        previous: ['2026-01-01T00:00:01Z a'],
        log: ['2026-01-01T00:00:03Z c'],
      },
      { name: 'churn-v1-1', labels: model('churn'), log: ['2026-01-01T00:00:03.5Z other'] },
    ];
    const { lines, pods, unread } = await readLogs(kubernetes, 600, { model: 'fraud' });
    expect(lines.map(({ pod, text }) => `${pod} ${text}`)).toEqual([
      'fraud-v1-1 a',
      'gateway-1 b',
      'fraud-v1-1 c',
      'gateway-1 d',
    ]);
    expect(pods).toEqual(['gateway-1', 'fraud-v1-1']);
    expect(unread).toEqual([]);
    const asked = cluster.asked.find(({ pathname }) => pathname.endsWith('/log'))?.searchParams;
    expect(asked?.get('sinceSeconds')).toBe('600');
    expect(asked?.get('timestamps')).toBe('true');
  });

  it('are those of every model where none is named', async () => {
    cluster.pods = [{ name: 'churn-v1-1', labels: model('churn'), log: ['2026-01-01T00:00:03Z c'] }];
    expect((await readLogs(kubernetes, 600, {})).pods).toEqual(['churn-v1-1']);
  });

  it('are read although one pod has none yet, which is said', async () => {
    cluster.pods = [
      { name: 'gateway-1', labels: GATEWAY, log: ['2026-01-01T00:00:02Z b'] },
      { name: 'fraud-v2-1', labels: model('fraud') },
    ];
    const { lines, unread } = await readLogs(kubernetes, 600, {});
    expect(lines).toHaveLength(1);
    expect(unread).toEqual([
      { pod: 'fraud-v2-1', reason: 'container in pod "fraud-v2-1" is waiting to start' },
    ]);
  });
});

describe('logs that are followed', () => {
  it('go on with new lines, new pods and new connections, and tell nothing twice', async () => {
    cluster.pods = [{ name: 'gateway-1', labels: GATEWAY, log: ['2026-01-01T00:00:01.5Z one'] }];
    const told: string[] = [];
    const stop = new AbortController();
    const end = followLogs(kubernetes, 60, {}, stop.signal, ({ text }) => told.push(text));
    await waitFor(() => {
      expect(told).toContain('one');
    }, PATIENCE);
    cluster.write('gateway-1', '2026-01-01T00:00:02Z two');
    await waitFor(() => {
      expect(told).toContain('two');
    }, PATIENCE);

    cluster.pods = [
      {
        name: 'gateway-1',
        labels: GATEWAY,
        log: ['2026-01-01T00:00:01.5Z one', '2026-01-01T00:00:02Z two', '2026-01-01T00:00:03Z three'],
      },
      { name: 'fraud-v2-1', labels: model('fraud'), log: ['2026-01-01T00:00:04Z four'] },
    ];
    cluster.cut('gateway-1');
    await waitFor(() => {
      expect(told.toSorted()).toEqual(['four', 'one', 'three', 'two']);
    }, PATIENCE);
    stop.abort();
    await end;
  }, 20_000);
});
