import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { decider } from '../../../cli/src/releases/decide';
import { RowsRefused } from '../../../rollout/replay/ports';

interface Asked {
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

let server: Server;
let asked: Asked[];
let answers: { readonly status: number; readonly body: unknown }[];

beforeEach(async () => {
  asked = [];
  answers = [];
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', () => {
      asked.push({ path: request.url, headers: request.headers, body: JSON.parse(text) });
      const { status, body } = answers.shift() ?? { status: 503, body: 'no more answers' };
      response.writeHead(status).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const decide = (rows: Record<string, unknown>[] = [{ amount: 1 }, { amount: 2 }]) =>
  decider(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, 1_200)('fraud', '2', rows);
const good = {
  status: 200,
  body: { model_version: '2', predictions: [{ decision: true }, { decision: false }] },
};

describe('decisions of a version without traffic', () => {
  it('are asked for by its number, as a replay, features by name', async () => {
    answers = [good];
    expect(await decide()).toEqual([true, false]);
    expect(asked).toMatchObject([
      {
        path: '/v1/models/fraud/predict',
        headers: { 'x-model-version': '2', 'x-model-replay': '1' },
        body: { records: [{ amount: 1 }, { amount: 2 }] },
      },
    ]);
  });

  it('are asked for again where a pod did not answer, or a gateway pod does not know the version yet', async () => {
    answers = [{ status: 502, body: {} }, { status: 404, body: {} }, good];
    expect(await decide()).toEqual([true, false]);
  });

  it('are an error when there are none in time, with the last answer', async () => {
    await expect(decide()).rejects.toThrow(/HTTP 503: "no more answers"$/);
    expect(asked.length).toBeGreaterThan(1);
  });

  it('are refused, once, by a version with other features', async () => {
    answers = [{ status: 400, body: { error: 'feature "age" is missing' } }];
    await expect(decide()).rejects.toThrow(RowsRefused);
    expect(asked).toHaveLength(1);
  });

  it('of another version are none', async () => {
    answers = [{ status: 200, body: { ...good.body, model_version: '1' } }];
    await expect(decide()).rejects.toThrow('version 1 answered, not version 2');
  });
});
