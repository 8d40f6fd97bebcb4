import { fileURLToPath } from 'node:url';

import { afterAll, describe, expect, it } from '@jest/globals';
import { credentials, loadPackageDefinition, status } from '@grpc/grpc-js';
import type { Client, ClientReadableStream, ServiceClientConstructor, ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

import { waitFor } from '../../support/wait-for';
import { startGrpcServer } from './grpc-server';
import type { TestGrpcServer } from './grpc-server';

interface Answer {
  readonly status: string;
}

interface HealthClient extends Client {
  check(request: object, answer: (error: ServiceError | null, message: Answer | undefined) => void): unknown;
  watch(request: object): ClientReadableStream<Answer>;
}

const PROTO = fileURLToPath(new URL('../../../model-server/testing/grpc/health.proto', import.meta.url));
const definition = loadPackageDefinition(loadSync(PROTO, { enums: String, defaults: true })) as unknown as {
  readonly grpc: { readonly health: { readonly v1: { readonly Health: ServiceClientConstructor } } };
};

const clients: HealthClient[] = [];

function clientOf({ port }: TestGrpcServer): HealthClient {
  const { Health } = definition.grpc.health.v1;
  const client = new Health(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  }) as unknown as HealthClient;
  clients.push(client);
  return client;
}

function check(client: HealthClient, service: string): Promise<string> {
  return new Promise((resolve) => {
    client.check({ service }, (error, message) => {
      resolve(error === null ? (message?.status ?? '') : status[error.code]);
    });
  });
}

const server = await startGrpcServer();
const client = clientOf(server);

afterAll(() => {
  for (const each of clients) each.close();
  server.stop();
});

describe('grpc.health.v1', () => {
  it.each([
    ['', 'SERVING'],
    ['inference.GRPCInferenceService', 'SERVING'],
    ['elsewhere', 'NOT_FOUND'],
  ])('says of service %j: %s', async (service, expected) => {
    expect(await check(client, service)).toBe(expected);
  });

  it('follows the life cycle, for those who ask and those who watch', async () => {
    const draining = await startGrpcServer();
    const own = clientOf(draining);
    const heard: string[] = [];
    const watch = own.watch({ service: '' });
    own
      .watch({ service: 'elsewhere' })
      .on('data', () => undefined)
      .on('error', () => undefined);
    watch.on('data', ({ status: said }: Answer) => heard.push(said)).on('error', () => undefined);
    await waitFor(() => {
      expect(heard).toEqual(['SERVING']);
    });
    draining.lifecycle.drain();
    expect(await check(own, '')).toBe('NOT_SERVING');
    await waitFor(() => {
      expect(heard).toEqual(['SERVING', 'NOT_SERVING']);
    });
    // Watching does not keep the server from ending.
    await draining.server.close();
    draining.stop();
  });

  it('says of an unknown service to those who watch that it is unknown', async () => {
    const watch = client.watch({ service: 'elsewhere' });
    const [{ status: said }] = await new Promise<[Answer]>((resolve) => {
      watch.once('data', (answer: Answer) => {
        resolve([answer]);
      });
    });
    expect(said).toBe('SERVICE_UNKNOWN');
    watch.on('error', () => undefined);
    watch.cancel();
  });
});
