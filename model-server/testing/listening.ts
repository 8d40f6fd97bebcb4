import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { startTestServer } from './app';
import type { TestServer, TestServerOptions } from './app';

export interface ListeningServer extends TestServer {
  readonly port: number;
  /** Value of one metric without further labels. */
  readonly metric: (name: string) => Promise<number>;
  /** Resolves once no request is in flight and none keeps bytes. @throws {Error} after ten seconds. */
  readonly atRest: () => Promise<void>;
}

/** A server under test on a free port of 127.0.0.1. */
export async function startListening(options: TestServerOptions = {}): Promise<ListeningServer> {
  const server = await startTestServer(options);
  await server.app.listen({ host: '127.0.0.1', port: 0, listenTextResolver: () => 'listening' });
  const metric = async (name: string): Promise<number> => {
    const text = await server.metrics.registry.metrics();
    return Number(new RegExp(`^${name}\\{[^}]*\\} (\\S+)$`, 'm').exec(text)?.[1] ?? NaN);
  };
  const atRest = async (): Promise<void> => {
    let left: readonly number[] = [];
    for (let i = 0; i < 500; i++) {
      left = await Promise.all([
        metric('model_server_requests_in_flight'),
        metric('model_server_held_bytes'),
      ]);
      if (left.every((value) => value === 0)) return;
      await sleep(20);
    }
    throw new Error(`${left[0] ?? NaN} requests stay in flight, with ${left[1] ?? NaN} bytes`);
  };
  return { ...server, atRest, metric, port: (server.app.server.address() as AddressInfo).port };
}
