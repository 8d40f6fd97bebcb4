import { status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { afterEach, describe, expect, it, jest } from '@jest/globals';

import { drain } from '../../../model-server/src/lifecycle';
import { GrpcClient, refusalOf, tinyRequest } from './grpc-client';
import { startGrpcServer } from './grpc-server';
import type { TestGrpcServer, TestGrpcServerOptions } from './grpc-server';
import { waitFor } from '../../support/wait-for';

jest.setTimeout(30_000);

const PATIENCE = { timeout: 20_000 };
const AT_ONCE = { drainSeconds: 0, finishSeconds: 10 };

const running: TestGrpcServer[] = [];

async function start(options?: TestGrpcServerOptions): Promise<TestGrpcServer> {
  const server = await startGrpcServer(options);
  running.push(server);
  return server;
}

afterEach(() => {
  for (const server of running.splice(0)) server.stop();
});

/** A server whose model answers only when it is told to. */
async function startHeld() {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const held = await start({
    wrap: (model) => ({
      ...model,
      run: async (...run) => {
        await released;
        return model.run(...run);
      },
    }),
  });
  const underWay = () =>
    waitFor(async () => {
      expect(await held.metrics.registry.metrics()).toMatch(/requests_in_flight\{[^}]*\} 1/);
    }, PATIENCE);
  return { ...held, release, underWay };
}

describe('the drain', () => {
  it('waits for a call in flight', async () => {
    const { client, server, lifecycle, release, underWay } = await startHeld();
    const answer = client.infer(tinyRequest());
    await underWay();
    const drained = drain(lifecycle, server, AT_ONCE);
    release();
    expect((await answer).message.outputs).toHaveLength(1);
    expect(await drained).toBe(true);
  });

  it('cancels a call that does not finish in time', async () => {
    const { client, server, lifecycle, underWay } = await startHeld();
    const cut = refusalOf(client.infer(tinyRequest()));
    await underWay();
    expect(await drain(lifecycle, server, { drainSeconds: 0, finishSeconds: 0.1 })).toBe(false);
    client.close();
    await cut;
  });

  it('does not wait for idle connections', async () => {
    const { client, server, lifecycle } = await start();
    await client.call('ServerLive');
    expect(await drain(lifecycle, server, AT_ONCE)).toBe(true);
  });

  it('answers new calls until the port is closed', async () => {
    const { port, server, lifecycle } = await start();
    const drained = drain(lifecycle, server, { drainSeconds: 0.3, finishSeconds: 10 });
    const late = new GrpcClient(port);
    expect((await late.call('ServerReady')).message).toEqual({ ready: false });
    expect((await late.infer(tinyRequest())).message.outputs).toHaveLength(1);
    expect(await drained).toBe(true);
    expect((await late.refused('ServerLive')).code).toBe('UNAVAILABLE');
    late.close();
  });

  it('loses no call of clients that keep calling: each is answered, or refused before it began', async () => {
    const { client, server, lifecycle, metrics } = await start();
    const codes = new Map<string, number>();
    const count = (code: string) => codes.set(code, (codes.get(code) ?? 0) + 1);
    const call = async (): Promise<void> => {
      for (;;) {
        try {
          await client.infer(tinyRequest());
          count('OK');
        } catch (error) {
          count(status[(error as ServiceError).code]);
          return;
        }
      }
    };
    const load = Promise.all(Array.from({ length: 16 }, call));
    await waitFor(() => {
      expect(codes.get('OK') ?? 0).toBeGreaterThan(50);
    }, PATIENCE);
    expect(await drain(lifecycle, server, AT_ONCE)).toBe(true);
    await load;
    expect([...codes.keys()].sort()).toEqual(['OK', 'UNAVAILABLE']);
    const scored = /batch_rows_count\{[^}]*\} (\d+)/.exec(await metrics.registry.metrics());
    expect(Number(scored?.[1])).toBe(codes.get('OK'));
  });
});

describe('a port that is taken', () => {
  it('is an error', async () => {
    const first = await start();
    const second = await start();
    await expect(second.server.listen('127.0.0.1', first.port)).rejects.toThrow('EADDRINUSE');
  });
});
