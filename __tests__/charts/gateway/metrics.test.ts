import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { request as send } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { GATEWAY_METRIC } from '../../../contracts/metrics';
import { parseExposition } from './support/exposition';
import { foreignHost, modelServer } from './support/pods';
import { fraud, listOf, nameOf, POD, startPlatform, type TestPlatform } from './support/platform';
import { eventually } from '../../../studies/gateway/running-gateway';
import { describeWithNginx } from './support/when-nginx';

const INFER = '/v2/models/fraud/infer';
const RECORDED = 'renders what is recorded';

describeWithNginx('the metrics', (program) => {
  let platform: TestPlatform;
  let before: Record<string, number>;
  beforeEach(async () => {
    platform = await startPlatform(program, listOf(fraud(['2', 100], ['1', 0])));
    before = await settled();
  }, 30_000);
  afterEach(() => platform.stop());

  const infer = (headers = {}) => platform.gateway.ask(INFER, headers, '{}');

  /** Every value by name and labels. */
  async function all(): Promise<Record<string, number>> {
    const families = parseExposition(await platform.gateway.metrics());
    return Object.fromEntries(
      [...families].flatMap(([name, { values }]) =>
        [...values].map(([labels, value]) => [`${name}${labels}`, value] as const),
      ),
    );
  }

  /** What was counted since the test began, of requests and attempts; durations have tests of their own. */
  async function counted(): Promise<Record<string, number>> {
    const now = await settled();
    const names = [GATEWAY_METRIC.requests.name, GATEWAY_METRIC.attempts.name];
    return Object.fromEntries(
      Object.entries(now)
        .filter(([key]) => names.some((name) => key.startsWith(`${name}{`)))
        .map(([key, value]) => [short(key), value - (before[key] ?? 0)] as const)
        .filter(([, value]) => value !== 0),
    );
  }

  /** Values that no longer change: a request is counted just after its answer. */
  async function settled(): Promise<Record<string, number>> {
    for (let last = await all(); ;) {
      await sleep(100);
      const now = await all();
      if (JSON.stringify(now) === JSON.stringify(last)) return now;
      last = now;
    }
  }

  it('count requests and attempts by version', async () => {
    for (let sent = 0; sent < 3; sent += 1) await infer();
    await platform.gateway.ask('/v2/models/fraud/versions/1/infer', {}, '{}');
    await platform.gateway.ask('/v1/models/fraud/predict', {}, '{}');
    expect(await counted()).toEqual({
      'requests fraud 2 2xx': 4,
      'attempts fraud 2 answered': 4,
      'requests fraud 1 2xx': 1,
      'attempts fraud 1 answered': 1,
    });
    const now = await all();
    const count = '_count{model="fraud",version="2"}';
    const key = `${GATEWAY_METRIC.requestDuration.name}${count}`;
    expect((now[key] ?? 0) - (before[key] ?? 0)).toBe(4);
  }, 30_000);

  it('do not count pages, probes or unknown paths', async () => {
    for (const path of ['/v2/models/fraud', '/v2/models/fraud/ready', '/v2/health/ready', '/v2', '/x'])
      await platform.gateway.ask(path);
    expect(await counted()).toEqual({});
  }, 30_000);

  it('show a failure hidden by a retry', async () => {
    const { pods } = platform;
    await pods.stop(POD['fraud-v2']);
    let tries = 0;
    await pods.start(POD['fraud-v2'], (request, response) => {
      tries += 1;
      if (tries % 2 === 1) request.socket.resetAndDestroy();
      else modelServer('fraud', '2')(request, response);
    });
    expect((await infer()).status).toBe(200);
    expect(await counted()).toEqual({
      'requests fraud 2 2xx': 1,
      'attempts fraud 2 error': 1,
      'attempts fraud 2 answered': 1,
    });
  }, 30_000);

  it('distinguish refused connections, errors and foreign answers', async () => {
    const { pods } = platform;
    await pods.stop(POD['fraud-v2']);
    expect((await infer()).status).toBe(502);
    await pods.start(POD['fraud-v2'], (request, response) => {
      request.resume();
      response.writeHead(503, { 'x-model-version': '2' }).end('{}');
    });
    expect((await infer()).status).toBe(503);
    await pods.stop(POD['fraud-v2']);
    await pods.start(
      POD['fraud-v2'],
      foreignHost(() => undefined),
    );
    expect((await infer()).status).toBe(502);
    expect(await counted()).toEqual({
      'requests fraud 2 5xx': 3,
      'attempts fraud 2 unreachable': 2,
      'attempts fraud 2 error': 1,
      'attempts fraud 2 foreign': 1,
    });
  }, 30_000);

  it('count requests to a hung version, whoever gives up first', async () => {
    const { gateway, pods } = platform;
    gateway.configure(RECORDED, (text) => text.replace('proxy_read_timeout 30s', 'proxy_read_timeout 1s'));
    await pods.stop(POD['fraud-v2']);
    await pods.start(POD['fraud-v2'], (request) => void request.resume());
    // Reloaded when it no longer waits for 30 s.
    await eventually(async () => {
      const answer = await Promise.race([infer(), sleep(4000)]);
      return answer?.status === 504;
    }, 20);
    before = await settled();
    await infer();
    await new Promise<void>((resolve) => {
      const outgoing = send({ host: '127.0.0.1', port: gateway.port, path: INFER, method: 'POST' });
      outgoing.on('error', () => {
        resolve();
      });
      outgoing.end('{}');
      setTimeout(() => outgoing.destroy(), 300);
    });
    await eventually(async () => (await counted())['attempts fraud 2 abandoned'] === 1, 5);
    expect(await counted()).toEqual({
      'requests fraud 2 5xx': 1,
      // The client that left: nginx' 499.
      'requests fraud 2 4xx': 1,
      'attempts fraud 2 timeout': 2,
      'attempts fraud 2 abandoned': 1,
    });
  }, 60_000);

  it('count requests that no version got under none', async () => {
    const { gateway, names } = platform;
    expect((await infer({ 'x-model-version': '9' })).status).toBe(404);
    expect((await gateway.ask(INFER, {}, 'x'.repeat(5 * 1024 * 1024))).status).toBe(413);
    gateway.releases(listOf(fraud(['2', 0], ['1', 0])));
    await eventually(async () => (await infer()).status === 503, 3);
    expect(await counted()).toEqual({
      'requests fraud none 4xx': 2,
      'requests fraud none 5xx': 1,
      ...ofVersion2((await counted())['requests fraud 2 2xx']),
    });
    before = await settled();
    gateway.releases(listOf(fraud(['2', 100], ['1', 0])));
    names.addresses.delete(nameOf('fraud-v2'));
    await eventually(async () => (await infer()).json.error?.toString().includes('no pod') === true, 5);
    const now = await counted();
    expect(now['requests fraud 2 5xx']).toBeGreaterThan(0);
    expect(now['attempts fraud 2 unreachable']).toBeUndefined();
  }, 30_000);

  it('include the weights and whether the list is applied', async () => {
    const { gateway } = platform;
    const now = async () => {
      const values = await all();
      return [
        values['gateway_version_weight_percent{model="fraud",version="1"}'],
        values['gateway_version_weight_percent{model="fraud",version="2"}'],
        values['gateway_release_list_refused{model="fraud"}'],
      ];
    };
    expect(await now()).toEqual([0, 100, 0]);
    gateway.releases(listOf(fraud(['2', 75], ['1', 25])));
    await eventually(async () => (await gateway.config()).models.fraud?.['1'] === 25, 3);
    expect(await now()).toEqual([25, 75, 0]);
    gateway.releases(listOf(fraud(['2', 75], ['1', 75])));
    await eventually(async () => 'fraud' in (await gateway.config()).refused, 3);
    expect(await now()).toEqual([25, 75, 1]);
  }, 30_000);

  it('include the release list and its history, also where the list is not in force', async () => {
    const { gateway } = platform;
    const at = '2026-11-20T10:00:00.000Z';
    gateway.releases(listOf(fraud(['2', 75], ['1', 75])));
    gateway.history([{ at, action: 'deploy', model: 'fraud', version: '2', from: '1', note: '' }]);
    const now = await all();
    expect(Object.entries(now).filter(([key]) => /^rollout_.*fraud/.test(key))).toEqual([
      ['rollout_version_weight_percent{model="fraud",version="2"}', 75],
      ['rollout_version_weight_percent{model="fraud",version="1"}', 75],
      ['rollout_champion_since_timestamp_seconds{model="fraud",version="2"}', Date.parse(at) / 1000],
      [
        'rollout_last_change_timestamp_seconds{model="fraud",version="2",action="deploy",reason="unstated"}',
        Date.parse(at) / 1000,
      ],
    ]);
    gateway.releases(undefined);
    expect(Object.keys(await all()).filter((key) => key.startsWith('rollout_version'))).toEqual([]);
  }, 30_000);

  it('survive a reload, except those of removed versions', async () => {
    const { gateway } = platform;
    await infer();
    await infer({ 'x-model-version': '1' });
    const key = 'gateway_requests_total{model="fraud",version="2",status="2xx"}';
    const kept = (await all())[key];
    gateway.configure('renders a single version');
    await eventually(async () => !('1' in ((await gateway.config()).models.fraud ?? {})), 20);
    const now = await all();
    expect(now[key]).toBe(kept);
    // The list itself still has the version.
    const gone = Object.keys(now).filter(
      (name) => name.startsWith('gateway_') && name.includes('version="1"'),
    );
    expect(gone).toEqual([]);
    gateway.configure(RECORDED);
    await eventually(async () => '1' in ((await gateway.config()).models.fraud ?? {}), 20);
    expect((await all())['gateway_requests_total{model="fraud",version="1",status="2xx"}']).toBe(0);
  }, 60_000);

  it('are not on the public port', async () => {
    expect((await platform.gateway.ask('/metrics')).status).toBe(404);
  }, 30_000);

  it('come with a log line that says which pod answered', async () => {
    const { gateway } = platform;
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    await infer({ 'x-request-id': 'order-17', traceparent: `00-${trace}-00f067aa0ba902b7-01` });
    await eventually(() => Promise.resolve(gateway.log.includes('order-17')), 3);
    const line = gateway.log.split('\n').find((each) => each.includes('order-17')) ?? '';
    expect(JSON.parse(line)).toMatchObject({
      request_id: 'order-17',
      trace_id: trace,
      path: INFER,
      status: 200,
      model: 'fraud',
      version: '2',
      pod: `${POD['fraud-v2']}:${platform.pods.port}`,
      attempts: '200',
    });
  }, 30_000);
});

/** `gateway_requests_total{model="fraud",…}` → `requests fraud …`. */
function short(key: string): string {
  const labels = [...key.matchAll(/="([^"]*)"/g)].map(([, value]) => value);
  return [key.replace(/^gateway_(\w+)_total.*$/, '$1'), ...labels].join(' ');
}

function ofVersion2(answers: number | undefined): Record<string, number> {
  return answers === undefined
    ? {}
    : { 'requests fraud 2 2xx': answers, 'attempts fraud 2 answered': answers };
}
