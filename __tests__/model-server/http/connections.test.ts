import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, afterEach, describe, expect, it } from '@jest/globals';

import { inferRequest } from '../../../model-server/testing/app';
import { startListening } from '../../../model-server/testing/listening';
import { RawConnection, rawRequest } from '../../../model-server/testing/raw-connection';
import { waitFor } from '../../support/wait-for';

const PATH = '/v2/models/tiny/infer';
const GOOD = rawRequest('POST', PATH, JSON.stringify(inferRequest()));

const server = await startListening({
  env: { MAX_REQUESTS: '200', MAX_REQUESTS_PER_CONNECTION: '20' },
  // Slow enough for requests to wait for each other.
  wrap: (model) => ({
    ...model,
    run: async (...args) => {
      await sleep(10);
      return model.run(...args);
    },
  }),
});
const opened: RawConnection[] = [];

function open(options?: { reads: boolean }): RawConnection {
  const connection = new RawConnection(server.port, options);
  opened.push(connection);
  return connection;
}

function connectionsOf(): Promise<number> {
  return new Promise((resolve, reject) => {
    server.app.server.getConnections((error, count) => {
      if (error === null) resolve(count);
      else reject(error);
    });
  });
}

function statuses({ answers }: RawConnection): number[] {
  return answers.map(({ status }) => status);
}

afterEach(async () => {
  for (const connection of opened.splice(0)) connection.destroy();
  await server.atRest();
});

afterAll(() => server.app.close());

describe('pipelined requests', () => {
  it.each([
    ['GET', '/nowhere', 404],
    ['DELETE', '/v2', 405],
    ['GET', '/%zz', 400],
  ])('are answered after %s %s', async (method, path, status) => {
    const connection = open();
    connection.write(rawRequest(method, path) + GOOD);
    await connection.read(2);
    expect(statuses(connection)).toEqual([status, 200]);
  });

  it('leave nothing in flight when the connection ends before their turn', async () => {
    const connection = open();
    connection.write(GOOD + rawRequest('POST', '/nowhere', 'x', { 'content-length': '9' }) + GOOD + GOOD);
    await connection.read(1);
    connection.destroy();
    await server.atRest();
    expect(await server.metric('model_server_requests_in_flight')).toBe(0);
  });

  it('leave no bytes in memory when the connection ends before they are scored', async () => {
    const rows = 4096;
    const many = JSON.stringify(
      inferRequest(Array<readonly number[]>(rows).fill([120, 3, 1, 0]).flat(), rows),
    );
    const scored = 'model_server_batch_rows_count';
    const before = await server.metric(scored);
    const connection = open();
    connection.write(rawRequest('POST', PATH, many).repeat(3));
    await waitFor(
      async () => {
        expect(await server.metric('model_server_held_bytes')).toBe(3 * many.length);
      },
      { timeout: 10_000 },
    );
    connection.socket.resetAndDestroy();
    await waitFor(
      async () => {
        expect(await server.metric(scored)).toBe(before + 3);
      },
      { timeout: 10_000 },
    );
    await server.atRest();
  });

  it('over the limit of a connection are refused once, and the connection ends', async () => {
    const connection = open();
    connection.write(GOOD.repeat(40));
    await connection.read(Infinity);
    expect(statuses(connection)).toEqual([...Array<number>(20).fill(200), 503]);
    expect(connection.answers.at(-1)?.headers).toMatchObject({ connection: 'close', 'retry-after': '1' });
    expect(connection.answers.at(-1)?.body).toContain('more than 20 requests on this connection');
  });

  it('that many connections never read cost them their connections, and nobody else an answer', async () => {
    const silent = Array.from({ length: 30 }, () => open({ reads: false }));
    for (const each of silent) each.write(GOOD.repeat(15));
    const honest = open();
    for (let i = 0; i < 20; i++) {
      honest.write(GOOD);
      await honest.read(i + 1);
    }
    expect(statuses(honest)).toEqual(Array<number>(20).fill(200));
  });

  it('share one rendering of the metrics', async () => {
    const registry = server.metrics.registry;
    const render = registry.metrics.bind(registry);
    let renderings = 0;
    registry.metrics = () => {
      renderings++;
      return render();
    };
    const connection = open();
    connection.write(rawRequest('GET', '/metrics').repeat(20));
    await connection.read(20);
    registry.metrics = render;
    expect(statuses(connection)).toEqual(Array<number>(20).fill(200));
    expect(renderings).toBe(1);
  });

  it('that go on after an answer that ends the connection are dropped, and do no harm', async () => {
    const last = rawRequest('POST', '/nowhere', 'xyz');
    const closing = rawRequest('GET', '/v2', '', { connection: 'close' });
    for (let i = 0; i < 40; i++) {
      const connection = open();
      connection.write((i % 2 === 0 ? closing : last) + GOOD);
      for (let j = 0; j < 6; j++) {
        await new Promise(setImmediate);
        connection.write(GOOD);
      }
      await connection.read(Infinity);
      expect(connection.answers.length).toBe(1);
    }
    expect((await server.app.inject('/v2/health/live')).statusCode).toBe(200);
  });

  it.each([
    ['a refused one', rawRequest('POST', '/nowhere', 'xyz'), 404],
    ['one of HTTP/1.0', rawRequest('POST', PATH, JSON.stringify(inferRequest()), {}, '1.0'), 200],
    ['one that asks for the end', rawRequest('GET', '/v2', '', { connection: 'close' }), 200],
    ['a malformed one', 'nonsense\r\n\r\n', 400],
  ])('are answered up to %s, though the client sends on and reads late', async (_name, last, status) => {
    const connection = open();
    connection.socket.pause();
    connection.write(GOOD + GOOD + last);
    for (let i = 0; i < 15; i++) {
      connection.write(GOOD);
      await sleep(20);
    }
    connection.socket.resume();
    await connection.read(Infinity);
    expect(statuses(connection)).toEqual([200, 200, status]);
  });

  it('after the last answer are read though answers wait that nobody will get', async () => {
    const connection = open();
    connection.socket.pause();
    connection.write(GOOD + rawRequest('GET', '/v2', '', { connection: 'close' }));
    connection.write(rawRequest('GET', '/metrics').repeat(15));
    await sleep(200);
    let drained = false;
    connection.socket.write(Buffer.alloc(8 * 1024 * 1024), () => (drained = true));
    await sleep(300);
    expect(drained).toBe(true);
    connection.socket.resume();
    await connection.read(Infinity);
    expect(statuses(connection)).toEqual([200, 200]);
  });

  it('do not keep a connection whose client never closes it', async () => {
    const connection = open();
    connection.write(rawRequest('GET', '/v2', '', { connection: 'close' }) + GOOD.repeat(5));
    await connection.read(Infinity);
    expect(connection.socket.closed).toBe(false);
    await server.atRest();
    const started = performance.now();
    while ((await connectionsOf()) > 0 && performance.now() - started < 5000) await sleep(50);
    expect(await connectionsOf()).toBe(0);
  });

  it('before a malformed one are answered first, in order', async () => {
    const connection = open();
    connection.write(`${GOOD}${GOOD}nonsense\r\n\r\n`);
    await connection.read(3);
    expect(statuses(connection)).toEqual([200, 200, 400]);
  });
});

describe('a client that closes its side after its request', () => {
  it.each([1, 3])('gets the answers to %i requests', async (count) => {
    const connection = open();
    connection.socket.end(GOOD.repeat(count));
    await connection.read(Infinity);
    expect(statuses(connection)).toEqual(Array<number>(count).fill(200));
  });

  it('within its request is told so', async () => {
    const connection = open();
    connection.socket.end(GOOD.slice(0, -10));
    await connection.read(Infinity);
    expect(statuses(connection)).toEqual([400]);
  });
});

describe('HTTP/1.0', () => {
  it('is answered, and the connection ends', async () => {
    const connection = open();
    const body = JSON.stringify(inferRequest());
    connection.write(rawRequest('POST', PATH, body, {}, '1.0'));
    await connection.read(Infinity);
    expect(connection.answers.map(({ status, headers }) => [status, headers.connection])).toEqual([
      [200, 'close'],
    ]);
  });

  it('is kept alive where the client asks for that', async () => {
    const connection = open();
    const kept = rawRequest(
      'POST',
      PATH,
      JSON.stringify(inferRequest()),
      { connection: 'keep-alive' },
      '1.0',
    );
    connection.write(kept);
    await connection.read(1);
    connection.write(kept);
    await connection.read(2);
    expect(statuses(connection)).toEqual([200, 200]);
    expect(connection.answers[0]?.headers.connection).toBe('keep-alive');
  });

  it('has no 100 Continue', async () => {
    const connection = open();
    const body = JSON.stringify(inferRequest());
    connection.write(rawRequest('POST', PATH, body, { expect: '100-continue' }, '1.0'));
    await connection.read(Infinity);
    expect(statuses(connection)).toEqual([200]);
  });
});

describe('an address', () => {
  it.each([
    `${PATH}/`,
    '//v2/models/tiny/infer',
    '/v2//models/tiny/infer',
    'http://elsewhere:8080/v2/models/tiny/infer',
    '/v1/models/tiny/predict/',
  ])('%s is the one that is meant', async (path) => {
    const connection = open();
    const record = { records: [{ amount: 1, hour: 2, channel: 'web', average: null }] };
    const body = JSON.stringify(path.includes('predict') ? record : inferRequest());
    connection.write(rawRequest('POST', path, body));
    await connection.read(1);
    expect(statuses(connection)).toEqual([200]);
  });

  it.each(['/v2/', '/v2/health/ready/', '/v2/models/tiny/', '/metrics/'])('%s is answered', async (path) => {
    expect((await server.app.inject(path)).statusCode).toBe(200);
  });

  it('with a slash at the end knows its methods', async () => {
    const { statusCode, headers } = await server.app.inject({ method: 'POST', url: '/v2/' });
    expect([statusCode, headers.allow]).toEqual([405, 'GET, HEAD']);
  });
});
