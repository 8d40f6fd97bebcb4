import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { describeTraffic } from '../../../cli/src/render/traffic';
import { asker } from '../../../cli/src/traffic/ask';
import { replay } from '../../../cli/src/traffic/replay';
import type { Row } from '../../../cli/src/traffic/rows';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** A gateway in this process. */
async function gateway(answer: (request: IncomingMessage, body: string) => Reply): Promise<string> {
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => (text += part));
    request.on('end', () => {
      const { status, headers, body } = answer(request, text);
      response.writeHead(status, headers).end(body);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const prediction = (id: string): string =>
  JSON.stringify({
    model_name: 'parcels',
    model_version: '4',
    threshold: 0.5,
    predictions: [{ prediction_id: id }],
  });
const row: Row = { features: { depot: 'north', kilograms: null }, label: true };

describe('a request of a replay', () => {
  it('has the features by name, and an id of its own', async () => {
    const seen: unknown[] = [];
    const address = await gateway(({ method, url, headers }, body) => {
      seen.push([method, url, JSON.parse(body)]);
      return { status: 200, body: prediction(String(headers['x-request-id'])) };
    });
    const ask = asker(address, 'parcels');
    const [one, two] = [await ask(row), await ask(row)];
    expect(seen[0]).toEqual(['POST', '/v1/models/parcels/predict', { records: [row.features] }]);
    expect(one).toMatchObject({ status: '200', version: '4' });
    expect(one.predictionId).toMatch(/^[0-9a-f-]{36}$/);
    expect(two.predictionId).not.toBe(one.predictionId);
  });

  it('that is refused keeps status and version, and has no prediction', async () => {
    const address = await gateway(() => ({ status: 503, headers: { 'x-model-version': '5' }, body: '{}' }));
    expect(await asker(address, 'parcels')(row)).toEqual({ status: '503', version: '5' });
  });

  it('that gets no answer says so', async () => {
    const address = await gateway(() => ({ status: 200, body: '<html>' }));
    expect(await asker(address, 'parcels')(row)).toEqual({ status: 'not JSON' });
    expect(await asker('http://127.0.0.1:1', 'parcels')(row)).toEqual({ status: 'no connection' });
  });
});

describe('a replay through a gateway', () => {
  it('sends in time, and tells what it sent and got', async () => {
    let count = 0;
    const address = await gateway(() => {
      count += 1;
      return count % 10 === 0
        ? { status: 503, headers: { 'x-model-version': '4' }, body: '{}' }
        : { status: 200, body: prediction(`p-${count}`) };
    });
    const sent: string[] = [];
    const replayed = await replay({
      rows: (async function* () {
        await Promise.resolve();
        for (let index = 0; index < 500; index += 1) yield row;
      })(),
      rate: 50,
      seconds: 2,
      labelDelay: 0.5,
      mostInFlight: 100,
      ask: asker(address, 'parcels'),
      sendLabels: (labels) => {
        sent.push(...labels.map((label) => label.prediction_id));
        return Promise.resolve(labels.length);
      },
      signal: new AbortController().signal,
    });
    expect(replayed.sent + replayed.notSent.behind).toBe(100);
    expect(count).toBe(replayed.sent);
    expect(replayed.labels.sent).toBe(sent.length);
    expect(new Set(sent).size).toBe(sent.length);
    expect(replayed.labels.sent + replayed.labels.notDue).toBe(replayed.predictions);
    expect(
      describeTraffic('parcels', { ...replayed, worstDelay: 3, latency: { p50: 1.25, p99: 9 } }),
    ).toContain('predictions took 1.3 ms (p50), 9.0 ms (p99)');
  }, 20_000);
});

describe('the result of a replay', () => {
  it('is told with what was not sent and why', () => {
    const text = describeTraffic('fraud', {
      seconds: 60,
      sent: 2_900,
      notSent: { inFlight: 80, behind: 20 },
      worstDelay: 12.4,
      predictions: 2_880,
      answers: [
        { status: '200', version: '2', count: 2_880 },
        { status: 'timeout', version: null, count: 20 },
      ],
      latency: { p50: 4.2, p99: 31.5 },
      labels: { sent: 1_400, accepted: 1_300, failed: 100, reason: 'no answer\n  got: x', notDue: 1_480 },
    });
    expect(text).toMatchInlineSnapshot(`
     "fraud: 2,900 requests in 60.0 s, 48.3 a second, each at most 12 ms after its time
       80 not sent: too many before them had no answer
       20 not sent: this machine, or the data source, was not fast enough

     status   version  requests
     200      2        2,880
     timeout  –        20

     predictions took 4.2 ms (p50), 31.5 ms (p99)
     labels: 1,400 sent, 1,300 accepted
       100 failed: no answer
       1,480 not due before the end"
    `);
  });
});
