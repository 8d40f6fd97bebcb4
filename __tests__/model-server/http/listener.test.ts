import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { inferRequest, startTestServer } from '../../../model-server/testing/app';
import type { TestServer } from '../../../model-server/testing/app';
import { parseAnswers, type RawAnswer } from '../../../model-server/testing/raw-connection';
import { expectThat } from '../../support/expect-that';
import { waitFor } from '../../support/wait-for';

const PATH = '/v2/models/tiny/infer';
const BODY = JSON.stringify(inferRequest());
/** An address that the listener leaves to the framework, of the same endpoint. */
const SPELT_OTHERWISE = '/v2/models/%74iny/infer';

const PATIENCE = { timeout: 10_000, interval: 20 };

const server = await startTestServer({ env: { MAX_BODY_BYTES: '2000' } });
const draining = await startTestServer();
const sockets: Socket[] = [];

async function listen({ app }: TestServer): Promise<void> {
  await app.listen({ host: '127.0.0.1', port: 0, listenTextResolver: () => 'listening' });
}

function open({ app }: TestServer = server): Socket {
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  // A connection that breaks also closes.
  socket.on('error', () => undefined);
  sockets.push(socket);
  return socket;
}

/** Reads so many answers, or those that came before the connection closed. */
function read(socket: Socket, count: number): Promise<RawAnswer[]> {
  return new Promise((resolve) => {
    let received = '';
    const finish = (): void => {
      socket.off('data', take);
      socket.off('close', finish);
      resolve(parseAnswers(received));
    };
    const take = (chunk: Buffer): void => {
      received += chunk.toString('latin1');
      if (parseAnswers(received).length >= count) finish();
    };
    socket.on('data', take);
    socket.once('close', finish);
  });
}

function request(path = PATH, body = BODY, headers: Record<string, string> = {}): string {
  const all = { host: 'test', 'content-length': String(Buffer.byteLength(body)), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

async function ask(text: string, to = server): Promise<RawAnswer> {
  const socket = open(to);
  socket.write(text);
  const [answer] = await read(socket, 1);
  if (answer === undefined) throw new Error('the connection ended without an answer');
  return answer;
}

beforeAll(async () => {
  await Promise.all([server, draining].map(listen));
});

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all([server, draining].map(({ app }) => app.close()));
});

describe.each([
  ['by the listener', PATH],
  ['by the framework', SPELT_OTHERWISE],
])('a request that is answered %s', (_by, path) => {
  const id = { 'x-request-id': 'r-1' };

  it('over a socket gets the same answer as without one', async () => {
    const answer = await ask(request(path, BODY, id));
    const injected = await server.app.inject({ method: 'POST', url: path, headers: id, payload: BODY });
    expect(answer.body).toBe(injected.body);
    expect(answer.status).toBe(200);
    for (const name of ['content-type', 'content-length', 'x-model-version', 'x-request-id'])
      expectThat(answer.headers[name], name).toBe(String(injected.headers[name]));
  });

  it.each([
    ['that is wrong', '{"inputs":[]}', 400],
    ['that is empty', '', 400],
    ['that is too large', 'x'.repeat(2001), 413],
  ])('with a body %s is refused as without a socket', async (_what, body, status) => {
    const answer = await ask(request(path, body, id));
    const injected = await server.app.inject({ method: 'POST', url: path, headers: id, payload: body });
    expect(answer.status).toBe(status);
    expect(answer.body).toBe(injected.body);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  });

  it('has its x-request-id echoed, or a new one', async () => {
    expect((await ask(request(path, BODY, id))).headers['x-request-id']).toBe('r-1');
    expect((await ask(request(path, BODY, { 'x-request-id': 'a b' }))).headers['x-request-id']).toMatch(
      /^[0-9a-f-]{36}$/,
    );
  });

  it('leaves its connection open for the next', async () => {
    const socket = open();
    for (let i = 0; i < 3; i++) {
      socket.write(request(path, BODY, { 'x-request-id': `r-${i}` }));
      const [answer] = await read(socket, 1);
      expect(answer?.headers['x-request-id']).toBe(`r-${i}`);
      expect(answer?.headers.connection).not.toBe('close');
    }
  });

  it('is answered in order when others follow before the answer', async () => {
    const socket = open();
    const many = Array.from({ length: 20 }, (_, i) =>
      i % 5 === 3
        ? request(path, '{', { 'x-request-id': `r-${i}` })
        : request(path, BODY, { 'x-request-id': `r-${i}` }),
    );
    socket.write(many.join(''));
    const answers = await read(socket, 20);
    expect(answers.map(({ headers }) => headers['x-request-id'])).toEqual(many.map((_, i) => `r-${i}`));
    expect(answers.map(({ status }) => status)).toEqual(many.map((_, i) => (i % 5 === 3 ? 400 : 200)));
  });

  it('closes the connection when its body is too large to read', async () => {
    const socket = open();
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: test\r\ncontent-length: 100000\r\n\r\n${BODY}POST ${path} HTTP/1.1\r\n`,
    );
    // Everything until the server closes.
    const answers = await read(socket, Infinity);
    expect(answers.map(({ status, headers }) => [status, headers.connection])).toEqual([[413, 'close']]);
  });

  it('closes the connection when its encoding is unsupported', async () => {
    const answer = await ask(
      `POST ${path} HTTP/1.1\r\nhost: test\r\ncontent-encoding: br\r\ncontent-length: 50\r\n\r\nx`,
    );
    expect([answer.status, answer.headers.connection]).toEqual([415, 'close']);
  });

  it('learns the limit when its chunks exceed it', async () => {
    const socket = open();
    socket.write(`POST ${path} HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n`);
    for (let i = 0; i < 3; i++) socket.write(`3e8\r\n${'x'.repeat(1000)}\r\n`);
    const [answer] = await read(socket, 1);
    expect([answer?.status, answer?.headers.connection]).toEqual([413, 'close']);
  });

  it('may come in pieces', async () => {
    const socket = open();
    const text = request(path);
    for (let at = 0; at < text.length; at += 40) {
      socket.write(text.slice(at, at + 40));
      await new Promise(setImmediate);
    }
    expect((await read(socket, 1))[0]?.status).toBe(200);
  });

  it('asks to close the connection during the drain', async () => {
    draining.lifecycle.drain();
    expect((await ask(request(path), draining)).headers.connection).toBe('close');
  });

  it('cut off within its body is counted and leaves nothing in flight', async () => {
    const scrape = async () => (await server.app.inject('/metrics')).body;
    const count = async () =>
      Number(/rejected_requests_total\{[^}]*reason="aborted"[^}]*\} (\d+)/.exec(await scrape())?.[1] ?? 0);
    const before = await count();
    const socket = open();
    socket.write(request(path).slice(0, -20));
    await waitFor(async () => {
      expect(await scrape()).toMatch(/model_server_requests_in_flight\{[^}]*\} 2\n/);
    }, PATIENCE);
    socket.destroy();
    await waitFor(async () => {
      expect(await count()).toBe(before + 1);
      // The scrape itself.
      expect(await scrape()).toMatch(/model_server_requests_in_flight\{[^}]*\} 1\n/);
    }, PATIENCE);
  });
});

describe('a request with Expect: 100-continue', () => {
  it('is told to continue and answered', async () => {
    const socket = open();
    socket.write(request(PATH, '', { 'content-length': String(BODY.length), expect: '100-continue' }));
    const [first] = (await once(socket, 'data')) as [Buffer];
    expect(first.toString()).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write(BODY);
    expect((await read(socket, 1))[0]?.status).toBe(200);
  });
});

describe('an address with a query', () => {
  it('is the same address', async () => {
    expect((await ask(request(`${PATH}?trace=1`))).status).toBe(200);
  });
});
