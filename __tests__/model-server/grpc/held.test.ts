import { connect } from 'node:http2';
import type { ClientHttp2Session } from 'node:http2';

import { afterAll, expect, it, jest } from '@jest/globals';

import { waitFor } from '../../support/wait-for';
import { METHODS, tinyRequest } from './grpc-client';
import { startGrpcServer } from './grpc-server';

jest.setTimeout(60_000);

const LIMIT = 1_000_000;
const server = await startGrpcServer({
  env: { MAX_BODY_BYTES: String(LIMIT), MAX_HELD_BYTES: String(4 * LIMIT) },
});
const sessions: ClientHttp2Session[] = [];

afterAll(() => {
  for (const session of sessions) session.destroy();
  server.stop();
});

it('messages that are held are given up, while others are answered, and nothing stays in flight', async () => {
  const statuses: string[] = [];
  for (let i = 0; i < 20; i++) {
    const session = connect(`http://127.0.0.1:${server.port}`);
    session.on('error', () => undefined);
    sessions.push(session);
    const stream = session.request({
      ':method': 'POST',
      ':path': METHODS.ModelInfer?.path ?? '',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.on('error', () => undefined);
    stream.on('response', (headers) => statuses.push(String(headers['grpc-status'])));
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(LIMIT - 100, 1);
    stream.write(Buffer.concat([prefix, Buffer.alloc(0.9 * LIMIT)]));
  }
  await waitFor(
    () => {
      // UNAVAILABLE
      expect(statuses.filter((status) => status === '14').length).toBeGreaterThanOrEqual(15);
    },
    { timeout: 30_000 },
  );
  await server.client.infer(tinyRequest());
  for (const session of sessions) session.destroy();
  await waitFor(
    async () => {
      expect(await server.metrics.registry.metrics()).toMatch(/requests_in_flight\{[^}]*\} 0/);
    },
    { timeout: 30_000 },
  );
});
