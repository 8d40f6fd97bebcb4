import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { startTestServer } from '../../../model-server/testing/app';
import { startListening } from '../../../model-server/testing/listening';
import type { ListeningServer } from '../../../model-server/testing/listening';
import { RawConnection, rawRequest } from '../../../model-server/testing/raw-connection';
import { waitFor } from '../../support/wait-for';

const PREDICT = '/v1/models/tiny/predict';
/** Long prediction ids make long answers: about a megabyte. */
const LARGE = rawRequest(
  'POST',
  PREDICT,
  JSON.stringify({
    records: Array.from({ length: 4096 }, () => ({ amount: 1, hour: 2, channel: 'web', average: null })),
  }),
  { 'x-request-id': 'x'.repeat(128) },
);
/** A file of more than a megabyte. */
const SCRIPT = rawRequest('GET', '/docs/swagger-ui-bundle.js');
/** More than the kernel keeps for a connection. */
const ANSWERS = 8;
/** More than that and a megabyte for every time that the slow reader reads. */
const SLOW_ANSWERS = 30;
const PATIENCE = { timeout: 15_000, interval: 20 };
const TIMEOUT_SECONDS = 0.5;

describe('the idle timeout', () => {
  it.each([
    ['by default', {}],
    ['for long headers', { HEADER_TIMEOUT_SECONDS: '20', REQUEST_TIMEOUT_SECONDS: '20' }],
    ['for short ones', { HEADER_TIMEOUT_SECONDS: '0.1', REQUEST_TIMEOUT_SECONDS: '0.1' }],
  ])('leaves time to answer a slow request %s', async (_name, env) => {
    const { app } = await startTestServer({ env });
    const { requestTimeout, timeout } = app.server;
    const { connectionsCheckingInterval } = app.server as unknown as { connectionsCheckingInterval: number };
    expect(timeout).toBeGreaterThan(requestTimeout + connectionsCheckingInterval);
    await app.close();
  });
});

describe('a client', () => {
  let server: ListeningServer;
  const opened: RawConnection[] = [];

  function open(options?: { reads: boolean }): RawConnection {
    const connection = new RawConnection(server.port, options);
    opened.push(connection);
    return connection;
  }

  function connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      server.app.server.getConnections((error, count) => {
        if (error === null) resolve(count);
        else reject(error);
      });
    });
  }

  /** Seconds until the server has no connection left. */
  async function untilClosed(): Promise<number> {
    const started = performance.now();
    while ((await connections()) > 0) {
      if (performance.now() - started > 15_000) throw new Error('the connection stays');
      await sleep(20);
    }
    return (performance.now() - started) / 1000;
  }

  beforeAll(async () => {
    const seconds = String(TIMEOUT_SECONDS);
    server = await startListening({
      env: { HEADER_TIMEOUT_SECONDS: seconds, REQUEST_TIMEOUT_SECONDS: seconds },
    });
  });
  afterEach(async () => {
    for (const connection of opened.splice(0)) connection.destroy();
    await server.atRest();
  });
  afterAll(() => server.app.close());

  it('that reads nothing of its answers loses them and its connection', async () => {
    const connection = open({ reads: false });
    connection.write(LARGE.repeat(ANSWERS));
    await sleep(100);
    expect(await connections()).toBe(1);
    expect(await untilClosed()).toBeGreaterThan(TIMEOUT_SECONDS);
  }, 30_000);

  it('that reads slowly gets them all', async () => {
    const connection = open({ reads: false });
    const { socket } = connection;
    let received = 0;
    /** Where it stops to read. */
    let enough = 1_000_000;
    socket.on('data', (chunk: Buffer) => {
      received += chunk.byteLength;
      if (received >= enough) socket.pause();
    });
    socket.pause();
    connection.write(SCRIPT.repeat(SLOW_ANSWERS - 1) + SCRIPT.replace('host', 'connection: close\r\nhost'));
    const started = performance.now();
    while (performance.now() - started < 4 * TIMEOUT_SECONDS * 1000) {
      await sleep(TIMEOUT_SECONDS * 300);
      enough = received + 1_000_000;
      socket.resume();
    }
    expect(connection.ended).toBe(false);
    // The rest at once: that it may take its time is proven.
    enough = Infinity;
    socket.resume();
    await waitFor(() => {
      expect(connection.ended).toBe(true);
    }, PATIENCE);
    expect(received).toBeGreaterThan(SLOW_ANSWERS * 1_000_000);
  }, 20_000);

  it.each([
    ['a body', `POST ${PREDICT} HTTP/1.1\r\nhost: test\r\ncontent-length: 100\r\n\r\n{`],
    ['a body that is counted as held', LARGE.slice(0, 100_000)],
    ['a header', 'POST /v2 HTTP/1.1\r\nhost: te'],
    ['nothing', ''],
  ])('that sends %s and no more is answered 408', async (_name, text) => {
    const connection = open();
    if (text !== '') connection.write(text);
    await connection.read(Infinity);
    expect(connection.answers.map(({ status }) => status)).toEqual([408]);
  });

  it.each(['a body', 'a header'])('that sends half of %s after an answer is answered 408', async (what) => {
    const connection = open();
    connection.write(rawRequest('GET', '/v2'));
    await connection.read(1);
    connection.write(
      what === 'a header'
        ? 'GET /v2 HT'
        : `POST ${PREDICT} HTTP/1.1\r\nhost: t\r\ncontent-length: 9\r\n\r\n{`,
    );
    await connection.read(Infinity);
    expect(connection.answers.map(({ status }) => status)).toEqual([200, 408]);
  });
});
