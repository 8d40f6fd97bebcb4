import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import inject, { type InjectOptions } from 'light-my-request';
import { viewer } from '../../../dashboards/viewer/server/viewer';

const reader = { username: 'reader', password: 'from-the-secret' };
const scraper = { username: 'prometheus', password: 'of-prometheus' };
const header = ({ username, password }: typeof reader) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let folder: string;
let prometheus: Server;
let asked: Asked[] = [];
let status = 200;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'viewer-'));
  mkdirSync(join(folder, 'page/assets'), { recursive: true });
  mkdirSync(join(folder, 'dashboards'));
  writeFileSync(join(folder, 'page/index.html'), '<!doctype html>');
  writeFileSync(join(folder, 'page/assets/app-1.js'), 'plain');
  writeFileSync(join(folder, 'page/assets/app-1.js.gz'), 'packed');
  writeFileSync(join(folder, 'secret.txt'), 'outside of the page');
  const drift = { uid: 'drift', title: 'Drift', tags: ['mlops'], panels: [] };
  writeFileSync(join(folder, 'dashboards/drift.json'), JSON.stringify(drift));
  writeFileSync(join(folder, 'dashboards/broken.json'), '{"uid":');
  prometheus = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      asked.push({ method: request.method, url: request.url, headers: request.headers, body });
      response.writeHead(status, { 'content-type': 'application/json', 'set-cookie': 'a=b' });
      response.end('{"status":"success"}');
    });
  });
  await new Promise<void>((resolve) => prometheus.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  await new Promise((resolve) => prometheus.close(resolve));
});

let errors: jest.SpiedFunction<typeof console.error>;

beforeEach(() => {
  errors = jest.spyOn(console, 'error').mockImplementation(() => undefined);
});

afterEach(() => {
  errors.mockRestore();
  asked = [];
  status = 200;
});

function server(port = (prometheus.address() as AddressInfo).port): RequestListener {
  return viewer({
    host: '127.0.0.1',
    port: 0,
    page: join(folder, 'page'),
    dashboards: join(folder, 'dashboards'),
    login: reader,
    prometheus: { url: new URL(`http://127.0.0.1:${port}/`), login: scraper },
  });
}

const request = (options: InjectOptions, listener = server()) =>
  inject(listener, {
    ...options,
    headers: { authorization: header(reader), ...options.headers },
  });
const PROXY = '/api/datasources/proxy/uid/prometheus/api/v1';

describe('a visitor', () => {
  it.each([
    ['no credentials', ''],
    ['a wrong password', header({ ...reader, password: 'guess' })],
    ['the credentials of Prometheus', header(scraper)],
    ['another scheme', `Bearer ${reader.password}`],
  ])('with %s is refused', async (_who, authorization) => {
    for (const url of ['/', '/assets/app-1.js', '/api/search', `${PROXY}/query?query=up`]) {
      const answer = await request({ url, headers: { authorization } });
      expect(answer.statusCode).toBe(401);
      expect(answer.headers['www-authenticate']).toMatch(/^Basic /);
    }
    expect(asked).toEqual([]);
  });

  it('the kubelet may ask for its health, and learns nothing else', async () => {
    const answer = await request({ url: '/api/health', headers: { authorization: '' } });
    expect([answer.statusCode, answer.json()]).toEqual([200, { status: 'ok' }]);
  });
});

describe('queries', () => {
  it.each([
    ['GET', '/query?query=up'],
    ['GET', '/label/version/values?start=1'],
    ['POST', '/query_range'],
  ] as const)('%s %s goes to Prometheus with its own credentials', async (method, path) => {
    const payload = method === 'POST' ? 'query=up&step=15' : undefined;
    const answer = await request({
      method,
      url: PROXY + path,
      ...(payload === undefined ? {} : { payload }),
    });
    expect([answer.statusCode, answer.json()]).toEqual([200, { status: 'success' }]);
    expect(asked).toMatchObject([{ method, url: `/api/v1${path}`, body: payload ?? '' }]);
    expect(asked[0]?.headers.authorization).toBe(header(scraper));
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  it.each([
    '/admin/tsdb/delete_series',
    '/status/config',
    '/targets',
    '/query/../status/flags',
    '/label/a%2Fb/values',
    '/write',
  ])('%s is not forwarded', async (path) => {
    expect((await request({ url: PROXY + path })).statusCode).toBe(403);
    expect(asked).toEqual([]);
  });

  it.each([
    ['PUT', '/query'],
    ['DELETE', '/series'],
    ['POST', '/label/job/values'],
  ] as const)('%s %s is not forwarded', async (method, path) => {
    expect((await request({ method, url: PROXY + path })).statusCode).toBe(405);
    expect(asked).toEqual([]);
  });

  it('passes on what Prometheus refuses', async () => {
    status = 400;
    expect((await request({ url: `${PROXY}/query?query=(` })).statusCode).toBe(400);
  });

  it('reports that Prometheus refuses its credentials, without asking the reader for any', async () => {
    status = 401;
    const answer = await request({ url: `${PROXY}/query?query=up` });
    expect(answer.statusCode).toBe(502);
    expect(answer.json<{ error: string }>().error).toMatch(/refuses the viewer's credentials \(HTTP 401\)/);
  });

  it('reports that Prometheus cannot be reached', async () => {
    const answer = await request({ url: `${PROXY}/query?query=up` }, server(1));
    expect(answer.statusCode).toBe(502);
    expect(answer.json<{ error: string }>().error).toMatch(/http:\/\/127\.0\.0\.1:1 cannot be reached/);
  });

  it('refuses a query without end', async () => {
    const payload = `query=${'a'.repeat(300 * 1024)}`;
    const answer = await request({ method: 'POST', url: `${PROXY}/query`, payload });
    expect(answer.statusCode).toBe(413);
  });
});

describe('dashboards', () => {
  it('are listed; a broken file is left out and logged', async () => {
    const answer = await request({ url: '/api/search' });
    expect(answer.json()).toMatchObject([{ uid: 'drift', title: 'Drift', tags: ['mlops'], url: '/d/drift' }]);
    expect(errors).toHaveBeenCalledWith(expect.stringContaining('broken.json: not JSON'));
  });

  it('are returned as by Grafana', async () => {
    const answer = await request({ url: '/api/dashboards/uid/drift' });
    expect(answer.json()).toMatchObject({ dashboard: { uid: 'drift' }, meta: { canSave: false } });
  });

  it('that do not exist are reported with a list of those that do', async () => {
    const answer = await request({ url: '/api/dashboards/uid/other' });
    expect(answer.statusCode).toBe(404);
    expect(answer.json<{ message: string }>().message).toMatch(
      /no dashboard other\. Dashboards here: drift\. Left out: broken\.json/,
    );
  });

  it('cannot be changed', async () => {
    const answer = await request({ method: 'POST', url: '/api/dashboards/db', payload: '{}' });
    expect(answer.statusCode).toBe(405);
  });
});

describe('the page', () => {
  it('is the same for every dashboard', async () => {
    expect((await request({ url: '/d/drift/some-name' })).payload).toBe('<!doctype html>');
  });

  it('runs only what this server sends', async () => {
    const policy = String((await request({ url: '/' })).headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    expect(policy).toContain("connect-src 'self'");
    expect(policy).not.toContain('unsafe-eval');
  });

  it('is compressed for clients that accept it', async () => {
    const packed = await request({ url: '/assets/app-1.js', headers: { 'accept-encoding': 'gzip' } });
    expect([packed.rawPayload.toString(), packed.headers['content-encoding']]).toEqual(['packed', 'gzip']);
    expect((await request({ url: '/assets/app-1.js' })).payload).toBe('plain');
  });

  it.each(['/../secret.txt', '/%2e%2e/secret.txt', '/assets/..%2f..%2fsecret.txt', '/%00', '/%'])(
    'holds nothing from outside: %s',
    async (url) => {
      expect((await request({ url })).statusCode).toBe(404);
    },
  );
});
