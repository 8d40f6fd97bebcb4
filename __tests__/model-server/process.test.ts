import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';

import { bundle } from '../../model-server/build';
import { inferRequest } from '../../model-server/testing/app';
import { mixedLoad } from '../../model-server/testing/load';
import { writePackage } from '../../model-server/testing/package';
import { spawnServer } from '../../model-server/testing/server-process';
import type { ServerProcess } from '../../model-server/testing/server-process';
import { GrpcClient, grpcLoad, tinyRequest } from './grpc/grpc-client';
import { expectThat } from '../support/expect-that';
import { waitFor } from '../support/wait-for';

// Below the real bundle: ONNX Runtime is found from there.
const FOLDER = fileURLToPath(new URL(`../../model-server/dist/test-${process.pid}`, import.meta.url));
const BUNDLE = join(FOLDER, 'main.mjs');
const BODY = JSON.stringify(inferRequest());
const POST = `POST /v2/models/tiny/infer HTTP/1.1\r\nhost: test\r\ncontent-length: ${BODY.length}\r\n`;

const PATIENCE = { timeout: 10_000, interval: 20 };
jest.setTimeout(30_000);

const running: ServerProcess[] = [];
let modelDir: string;
/** Of the tests that neither change its settings nor end it. */
let shared: Promise<{ readonly port: number }>;

function start(env: Record<string, string> = {}): ServerProcess {
  const server = spawnServer(BUNDLE, { MODEL_DIR: modelDir, DRAIN_SECONDS: '0', ...env });
  running.push(server);
  return server;
}

/** Everything a peer sends until it closes. */
async function readToEnd(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function logged(server: ServerProcess, message: string): Promise<void> {
  return waitFor(() => {
    expect(server.log.map(({ msg }) => msg)).toContain(message);
  }, PATIENCE);
}

async function metrics(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
}

/** Sends half a request and waits until the server has begun to read it. */
async function sendHalf(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`${POST}\r\n${BODY.slice(0, 20)}`);
  await waitFor(async () => {
    // The scrape is the other one.
    expect(await metrics(port)).toContain('model_server_requests_in_flight{model="tiny",version="3"} 2');
  }, PATIENCE);
  return socket;
}

beforeAll(async () => {
  [modelDir] = await Promise.all([writePackage(), bundle(BUNDLE)]);
  shared = start().ready;
});

afterAll(async () => {
  for (const server of running) server.kill('SIGKILL');
  await rm(FOLDER, { recursive: true });
});

describe('a start', () => {
  it('without a package ends with code 1 and one fatal line that names the reason', async () => {
    const server = start({ MODEL_DIR: '/nowhere' });
    expect(await server.exit).toBe(1);
    expect(server.log).toEqual([expect.objectContaining({ level: 'fatal', reason: 'metadata-missing' })]);
  });

  it('on a port in use ends with code 1 and the reason', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const server = start({ PORT: String((holder.address() as AddressInfo).port) });
    expect(await server.exit).toBe(1);
    expect(server.log.at(-1)?.reason).toBe('cannot-listen');
    holder.close();
  });

  it('without a version ends with code 1 and the variable', async () => {
    const server = start({ MODEL_VERSION: '' });
    expect(await server.exit).toBe(1);
    expect(server.log.at(-1)).toMatchObject({ reason: 'setting-invalid', got: 'nothing' });
  });
});

describe('the end of the training data', () => {
  const SERIES = 'model_server_training_data_end_timestamp_seconds';

  it('is exported', async () => {
    const { port } = await shared;
    expect(await metrics(port)).toContain(
      `${SERIES}{model="tiny",version="3"} ${Date.UTC(2026, 2, 1) / 1000}\n`,
    );
  });

  it('has no series if the package does not state it; the log says so', async () => {
    const server = start({ MODEL_DIR: await writePackage({ lineage: '{}' }) });
    const { port } = await server.ready;
    expect(await metrics(port)).not.toContain(SERIES);
    expect(server.log).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        msg: 'the age of the training data is unknown',
        reason: 'lineage.json has no dataset.to',
      }),
    );
  });
});

it('the bundle has the OpenAPI document and everything its page needs', async () => {
  const { port } = await shared;
  for (const path of ['openapi.json', 'docs', 'docs/swagger-ui-bundle.js', 'docs/swagger-ui.css'])
    expectThat((await fetch(`http://127.0.0.1:${port}/${path}`)).status, path).toBe(200);
});

describe('SIGTERM', () => {
  it.each([1, 2, 3])('under mixed load loses no request (round %d)', async () => {
    const server = start({ DRAIN_SECONDS: '1.5' });
    const { port } = await server.ready;
    const stop = new AbortController();
    const load = mixedLoad(port, 2, stop.signal);
    await sleep(300);
    server.kill('SIGTERM');
    // A load balancer notices within the drain; until then it sends new connections.
    await sleep(600);
    stop.abort();
    const { answered, failed, toldToClose } = await load;
    expect(failed).toEqual([]);
    expect(toldToClose).toBe(2);
    expect(answered).toBeGreaterThan(10);
    expect(await server.exit).toBe(0);
    expect(server.log.at(-1)?.msg).toBe('drained');
  });

  it('makes the server not ready at once, but live until it exits', async () => {
    const server = start({ DRAIN_SECONDS: '1.5' });
    const { port } = await server.ready;
    const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    expect(await get('/v2/health/ready')).toBe(200);
    server.kill('SIGTERM');
    await logged(server, 'draining');
    expect(await get('/v2/health/ready')).toBe(503);
    expect(await get('/v2/health/live')).toBe(200);
    expect(await server.exit).toBe(0);
    await expect(get('/v2/health/live')).rejects.toThrow();
  });

  it('waits for a request in flight beyond the drain', async () => {
    const server = start();
    const { port } = await server.ready;
    const socket = await sendHalf(port);
    const answer = readToEnd(socket);
    server.kill('SIGTERM');
    await sleep(300);
    socket.write(BODY.slice(20));
    expect(await answer).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*connection: close\r\n/);
    expect(await server.exit).toBe(0);
    expect(server.log.at(-1)?.msg).toBe('drained');
  });

  it.each([
    ['never closes', 1500, () => undefined],
    [
      'goes on sending',
      4000,
      (socket: Socket) => {
        const timer = setInterval(() => socket.write('x'.repeat(1000)), 50);
        socket.once('close', () => {
          clearInterval(timer);
        });
      },
    ],
  ])('waits little for a client that %s after its last answer', async (_what, milliseconds, then) => {
    const server = start();
    const { port } = await server.ready;
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined).resume();
    socket.write(`${POST}\r\n${BODY.slice(0, 20)}`);
    await waitFor(async () => {
      expect(await metrics(port)).toContain('model_server_requests_in_flight{model="tiny",version="3"} 2');
    }, PATIENCE);
    server.kill('SIGTERM');
    await sleep(300);
    socket.write(BODY.slice(20));
    const answered = performance.now();
    then(socket);
    expect(await server.exit).toBe(0);
    expect(performance.now() - answered).toBeLessThan(milliseconds);
    expect(server.log.at(-1)?.msg).toBe('drained');
    socket.destroy();
  });

  it('cuts off what does not finish in time', async () => {
    const server = start({ FINISH_SECONDS: '0.2' });
    const { port } = await server.ready;
    const socket = await sendHalf(port);
    const answer = readToEnd(socket);
    server.kill('SIGTERM');
    await answer.catch(() => undefined);
    expect(await server.exit).toBe(0);
    expect(server.log.at(-1)).toMatchObject({
      level: 'warn',
      msg: 'connections cut: requests did not finish',
    });
  });

  it('closes idle connections without waiting', async () => {
    const server = start();
    const { port } = await server.ready;
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /v2 HTTP/1.1\r\nhost: test\r\n\r\n');
    await once(socket, 'readable');
    server.kill('SIGTERM');
    expect(await readToEnd(socket)).toContain('HTTP/1.1 200 OK');
    expect(await server.exit).toBe(0);
    expect(server.log.at(-1)?.msg).toBe('drained');
  });

  it('sent twice ends the server at once', async () => {
    const server = start({ DRAIN_SECONDS: '60' });
    await server.ready;
    server.kill('SIGTERM');
    await logged(server, 'draining');
    server.kill('SIGTERM');
    expect(await server.exit).toBe(143);
  });
});

describe('gRPC', () => {
  it('is served if its port is set, until the end of the drain', async () => {
    const server = start({ GRPC_PORT: '0', DRAIN_SECONDS: '3' });
    const { grpcPort = 0 } = await server.ready;
    const client = new GrpcClient(grpcPort);
    expect((await client.infer(tinyRequest())).message.outputs).toHaveLength(1);
    expect((await client.call('ServerReady')).message).toEqual({ ready: true });
    server.kill('SIGTERM');
    await logged(server, 'draining');
    expect((await client.call('ServerReady')).message).toEqual({ ready: false });
    expect((await client.infer(tinyRequest())).message.outputs).toHaveLength(1);
    expect(await server.exit).toBe(0);
    expect(server.log.at(-1)?.msg).toBe('drained');
    expect((await client.refused('ServerLive')).code).toBe('UNAVAILABLE');
    client.close();
  });

  it('loses no call while the server drains', async () => {
    const server = start({ GRPC_PORT: '0', DRAIN_SECONDS: '3' });
    const { grpcPort = 0 } = await server.ready;
    const stop = new AbortController();
    const load = grpcLoad(grpcPort, 4, stop.signal);
    await sleep(300);
    server.kill('SIGTERM');
    await logged(server, 'draining');
    await sleep(300);
    stop.abort();
    const { answered, failed } = await load;
    expect(failed).toEqual([]);
    expect(answered).toBeGreaterThan(10);
    expect(await server.exit).toBe(0);
    expect(server.log.at(-1)?.msg).toBe('drained');
  });

  it('on a port in use ends the process with code 1 and names the setting', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const server = start({ GRPC_PORT: String((holder.address() as AddressInfo).port) });
    expect(await server.exit).toBe(1);
    expect(server.log.at(-1)).toMatchObject({
      reason: 'cannot-listen',
      fix: 'Set HOST and GRPC_PORT, or stop what holds the port.',
    });
    holder.close();
  });
});

describe('a client', () => {
  it('that sends its header too slowly is closed with 408, while others are served', async () => {
    const server = start({ HEADER_TIMEOUT_SECONDS: '0.3' });
    const { port } = await server.ready;
    const socket = connect(port, '127.0.0.1');
    const answer = readToEnd(socket);
    socket.write('GET /v2 HTTP/1.1\r\nx-slow: ');
    expect((await fetch(`http://127.0.0.1:${port}/v2/health/live`)).status).toBe(200);
    expect(await answer).toMatch(
      /^HTTP\/1.1 408 Request Timeout\r\n[^]*x-model-version: 3\r\n[^]*header within 0.3 s/,
    );
  });

  it('that sends its body too slowly is closed with 408', async () => {
    const server = start({ HEADER_TIMEOUT_SECONDS: '0.2', REQUEST_TIMEOUT_SECONDS: '0.4' });
    const { port } = await server.ready;
    const socket = connect(port, '127.0.0.1');
    socket.write(`${POST}\r\n${BODY.slice(0, 20)}`);
    expect(await readToEnd(socket)).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n[^]*all of it within 0.4 s/);
  });

  it('that sends an oversized header gets 431 and the limit', async () => {
    const { port } = await shared;
    const socket = connect(port, '127.0.0.1');
    socket.write(`GET /v2 HTTP/1.1\r\nhost: test\r\nx-large: ${'x'.repeat(9000)}\r\n\r\n`);
    expect(await readToEnd(socket)).toMatch(/^HTTP\/1.1 431 [^]*at most 8192 bytes/);
  });

  it('that does not speak HTTP gets 400', async () => {
    const { port } = await shared;
    const socket = connect(port, '127.0.0.1');
    socket.write('hello\r\n\r\n');
    expect(await readToEnd(socket)).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
  });

  it('that streams an oversized body gets 413', async () => {
    const server = start({ MAX_BODY_BYTES: '1000' });
    const { port } = await server.ready;
    const answer = await fetch(`http://127.0.0.1:${port}/v2/models/tiny/infer`, {
      method: 'POST',
      body: new Blob(['x'.repeat(5000)]).stream(),
      duplex: 'half',
    });
    expect(answer.status).toBe(413);
    expect(await answer.text()).toContain('expected at most 1000 bytes');
  });

  it('that disconnects within its request is counted and leaves nothing in flight', async () => {
    const { port } = await shared;
    const socket = await sendHalf(port);
    socket.destroy();
    await waitFor(async () => {
      const text = await metrics(port);
      expect(text).toContain('rejected_requests_total{reason="aborted",model="tiny",version="3"} 1');
      expect(text).toContain('model_server_requests_in_flight{model="tiny",version="3"} 1');
    }, PATIENCE);
  });
});
