import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import type { Canary } from '../../../contracts/canary';
import type { ReleaseList } from '../../../contracts/release-list';
import { bundle } from '../../../images/bundle';
import { waitFor } from '../../support/wait-for';
import { ApiServer } from '../support/api-server';
import { PLAN } from '../support/canary-world';
import { release } from '../support/memory-ports';

const PATIENCE = { timeout: 20_000, interval: 100 };
const folder = mkdtempSync(join(tmpdir(), 'controller-'));
let api: ApiServer;
const prometheus = prometheusWith({ '1': 0, '2': 40 });
const running: ChildProcess[] = [];

/** Two minutes of counters, a hundred requests a scrape and version: of each version so many failed in all. */
function prometheusWith(failed: Readonly<Record<string, number>>) {
  const at = (share: number, total: number, back: number) => Math.round(total * share * (1 - back / 8));
  const series = (total: (version: string) => number) => {
    const now = Date.now() / 1000;
    return Object.entries(failed).map(([version]) => ({
      metric: { version },
      values: [8, 7, 6, 5, 4, 3, 2, 1, 0].map((back) => [
        now - back * 15,
        String(at(version === '1' ? 0.95 : 0.05, total(version) * (version === '1' ? 1 : 20), back)),
      ]),
    }));
  };
  return createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const query = new URLSearchParams(text).get('query') ?? '';
      const answer = (resultType: string, result: unknown) => {
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ status: 'success', data: { resultType, result } }));
      };
      if (request.headers.authorization !== `Basic ${Buffer.from('admin:secret').toString('base64')}`)
        response.writeHead(401).end();
      else if (query.includes('time()'))
        answer('vector', [{ metric: {}, value: [0, String(Date.now() / 1000)] }]);
      else if (!query.endsWith(']')) answer('vector', []);
      else if (query.includes('failed'))
        answer(
          'matrix',
          series((version) => failed[version] ?? 0),
        );
      else if (query.includes('gateway'))
        answer(
          'matrix',
          series((version) => (version === '1' ? 16_000 : 800)),
        );
      else answer('matrix', []);
    });
  });
}

function listed(canary?: Canary) {
  const list: ReleaseList = {
    schema: 1,
    models: {
      fraud: { versions: [release('1', 95), release('2', 5)], ...(canary === undefined ? {} : { canary }) },
    },
  };
  return {
    metadata: { name: 'release-list', namespace: 'mlops-serving', uid: 'u-1' },
    data: { 'releases.json': JSON.stringify(list), 'history.json': '{"schema":1,"entries":[]}' },
  };
}

const models = () =>
  (
    JSON.parse(
      (api.objects.get('configmaps/release-list') as unknown as { data: Record<string, string> }).data[
        'releases.json'
      ] ?? '',
    ) as ReleaseList
  ).models;

const holder = () =>
  (api.objects.get('leases/rollout-controller') as { spec?: { holderIdentity?: string } } | undefined)?.spec
    ?.holderIdentity;

function start(pod: string, port: number) {
  const address = `http://127.0.0.1:${String((prometheus.address() as AddressInfo).port)}`;
  const child = spawn(
    process.execPath,
    ['--max-semi-space-size=1', '--max-old-space-size=40', join(folder, 'main.mjs')],
    {
      env: {
        KUBECONFIG: join(folder, 'kubeconfig'),
        MALLOC_ARENA_MAX: '1',
        PORT: String(port),
        PROMETHEUS_URL: address,
        PROMETHEUS_USERNAME: 'admin',
        PROMETHEUS_PASSWORD: 'secret',
        POD_NAME: pod,
        LOOK_SECONDS: '1',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const lines: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => lines.push(...chunk.toString().trim().split('\n')));
  running.push(child);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, lines, ended };
}

beforeAll(async () => {
  api = await ApiServer.start();
  await new Promise<void>((resolve) => prometheus.listen(0, '127.0.0.1', resolve));
  await bundle('rollout/controller/main.ts', join(folder, 'main.mjs'));
  const name = 'test';
  writeFileSync(
    join(folder, 'kubeconfig'),
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': name,
      // Else the client refuses HTTP.
      clusters: [{ name, cluster: { server: api.address, 'insecure-skip-tls-verify': true } }],
      users: [{ name, user: {} }],
      contexts: [{ name, context: { cluster: name, user: name } }],
    }),
  );
}, 60_000);

afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  api.stop();
  prometheus.closeAllConnections();
  prometheus.close();
  rmSync(folder, { recursive: true });
});

describe('the process of the controller', () => {
  const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
  const canary = (): Canary => ({
    version: '2',
    champion: '1',
    phase: 'canary',
    step: 0,
    until: new Date(Date.now() + 60_000).toISOString(),
    by: 'ada@laptop',
    plan: PLAN,
    past: [],
  });

  it('leads, sees that a canary’s weights are in force, takes a bad one off, and ends when it is told to', async () => {
    api.put('configmaps/release-list', listed());
    const controller = start('pod-a', 18_951);
    await waitFor(() => {
      expect(holder()).toMatch(/^pod-a_/);
    }, PATIENCE);

    api.put('configmaps/release-list', listed(canary()));
    await waitFor(() => {
      expect(models().fraud?.canary?.since).toBeDefined();
    }, PATIENCE);

    api.put('configmaps/release-list', listed({ ...canary(), since: minutesAgo(2) }));
    await waitFor(() => {
      expect(models().fraud?.canary).toBeUndefined();
    }, PATIENCE);
    expect(models().fraud?.versions.map(({ version, weight }) => [version, weight])).toEqual([
      ['1', 100],
      ['2', 0],
    ]);
    await waitFor(() => {
      expect(api.events.map((event) => event.reason)).toContain('CanaryRolledBack');
    }, PATIENCE);
    expect(api.events.at(-1)).toMatchObject({
      involvedObject: { kind: 'ConfigMap', name: 'release-list', uid: 'u-1' },
      type: 'Warning',
      message: expect.stringMatching(/^fraud: back to version 1: errors: /),
    });

    const live = await fetch('http://127.0.0.1:18951/live');
    expect([live.status, await live.json()]).toEqual([200, { live: true, hung: [] }]);
    expect((await fetch('http://127.0.0.1:18951/')).status).toBe(404);
    // Of the 64 MiB that the chart allows, the pages of Node's own file can be dropped.
    const status = readFileSync(`/proc/${String(controller.child.pid)}/status`, 'utf8');
    expect(Number(/RssAnon:\s+(\d+)/.exec(status)?.[1]) / 1024).toBeLessThan(48);

    controller.child.kill('SIGTERM');
    expect(await controller.ended).toBe(0);
    expect(holder()).toBeUndefined();
    expect(controller.lines.map((line) => JSON.parse(line) as { msg: string }).map(({ msg }) => msg)).toEqual(
      expect.arrayContaining(['leads', 'watches the canary', 'leads no more', 'the rollout controller ends']),
    );
  }, 90_000);

  it('asks the API server for nothing that its role does not allow', () => {
    const allowed = [
      ...['GET configmaps', 'PUT configmaps', 'GET leases', 'PUT leases', 'POST leases', 'POST events'],
      ...['GET pods', 'GET pods/proxy', 'PATCH pods/status'],
    ];
    expect([...api.asked].filter((each) => !allowed.includes(each))).toEqual([]);
  });

  it('goes on where one was killed', async () => {
    api.put('configmaps/release-list', listed());
    const first = start('pod-b', 18_952);
    await waitFor(() => {
      expect(holder()).toMatch(/^pod-b_/);
    }, PATIENCE);
    first.child.kill('SIGKILL');
    await first.ended;
    api.put('configmaps/release-list', listed({ ...canary(), since: minutesAgo(2) }));
    // As kubelet starts it again in the same pod.
    start('pod-b', 18_952);
    await waitFor(() => {
      expect(models().fraud?.canary).toBeUndefined();
    }, PATIENCE);
    expect(models().fraud?.versions.find(({ version }) => version === '1')?.weight).toBe(100);
  }, 90_000);
});
