import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Prometheus } from '../../cli/src/prometheus';

const LOGIN = { username: 'admin', password: 'tops:ecret' };
let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function serve(answer: (query: string, request: IncomingMessage, response: ServerResponse) => void) {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      answer(new URLSearchParams(body).get('query') ?? '', request, response);
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return new Prometheus(`http://127.0.0.1:${String(port)}`, LOGIN);
}

const vector = (...values: readonly [Record<string, string>, string][]) =>
  JSON.stringify({
    status: 'success',
    data: { resultType: 'vector', result: values.map(([metric, value]) => ({ metric, value: [1, value] })) },
  });

describe('the client of Prometheus', () => {
  it('sends the expression with its login, and reads every series', async () => {
    const prometheus = await serve((query, request, response) => {
      const [, given = ''] = (request.headers.authorization ?? '').split(' ');
      expect(Buffer.from(given, 'base64').toString()).toBe('admin:tops:ecret');
      expect(query).toBe('up{job="a&b"} == 1');
      response.end(vector([{ job: 'a&b' }, '1'], [{ job: 'c' }, '+Inf'], [{}, '-Inf'], [{}, 'NaN']));
    });
    expect(await prometheus.query('up{job="a&b"} == 1')).toEqual([
      { labels: { job: 'a&b' }, value: 1 },
      { labels: { job: 'c' }, value: Infinity },
      { labels: {}, value: -Infinity },
      { labels: {}, value: NaN },
    ]);
  });

  it('reads a scalar as one sample without labels', async () => {
    const prometheus = await serve((_, __, response) =>
      response.end('{"status":"success","data":{"resultType":"scalar","result":[1,"+Inf"]}}'),
    );
    expect(await prometheus.query('1 / 0')).toEqual([{ labels: {}, value: Infinity }]);
  });

  it('refuses what is neither vector nor scalar', async () => {
    const prometheus = await serve((_, __, response) =>
      response.end('{"status":"success","data":{"resultType":"matrix","result":[]}}'),
    );
    await expect(prometheus.query('up[5m]')).rejects.toThrow('matrix');
  });

  it('reads raw samples', async () => {
    const values = [
      [10, '1'],
      [25, '3'],
    ];
    const prometheus = await serve((query, _, response) => {
      expect(query).toBe('up[1m]');
      const result = [{ metric: { job: 'a' }, values }];
      response.end(JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } }));
    });
    expect(await prometheus.range('up[1m]')).toEqual([
      {
        labels: { job: 'a' },
        samples: [
          [10, 1],
          [25, 3],
        ],
      },
    ]);
    await expect(prometheus.query('up[1m]')).rejects.toThrow('HTTP 200');
  });

  it('names every answer as its expression', async () => {
    const prometheus = await serve((query, _, response) => response.end(vector([{}, query])));
    expect(await prometheus.queries({ one: '1', two: '2' })).toEqual({
      one: [{ labels: {}, value: 1 }],
      two: [{ labels: {}, value: 2 }],
    });
  });

  it.each([
    [401, 'Unauthorized\n', 'HTTP 401: Unauthorized'],
    [503, '<html>Service Unavailable</html>', 'HTTP 503: <html>Service Unavailable</html>'],
    [400, '{"status":"error","error":"parse error: unclosed"}', 'HTTP 400: parse error: unclosed'],
    [200, '<html>somebody else has the port</html>', 'HTTP 200: <html>somebody else'],
  ])('says what HTTP %i means', async (status, body, reason) => {
    const prometheus = await serve((_, __, response) => response.writeHead(status).end(body));
    await expect(prometheus.query('up')).rejects.toThrow(reason);
  });

  it('says that nothing listens', async () => {
    const prometheus = await serve(() => undefined);
    server?.close();
    await expect(prometheus.query('up')).rejects.toThrow(/Prometheus does not answer[^]*fetch failed/);
  });
});
