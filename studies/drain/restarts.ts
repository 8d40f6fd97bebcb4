import { setTimeout as sleep } from 'node:timers/promises';

import { spawnServer } from '../../model-server/testing/server-process';
import type { ServerProcess } from '../../model-server/testing/server-process';
import { keptConnection, newConnections } from './client';
import type { Outcome, Traffic } from './client';
import { requestKinds } from './requests';
import { Service } from './service';

export interface RestartOptions {
  readonly bundle: string;
  readonly modelDir: string;
  readonly restarts: number;
  /** DRAIN_SECONDS of the servers. */
  readonly drainSeconds: number;
  readonly report?: (line: string) => void;
}

export interface RestartResult {
  readonly restarts: number;
  /** Servers that ended with code 0 and said that nothing was cut. */
  readonly drained: number;
  readonly requests: number;
  /** Requests in flight at SIGTERM, on either server. */
  readonly inFlight: number;
  /** Answers after which a kept connection had to be closed. */
  readonly toldToClose: number;
  readonly lost: readonly string[];
  readonly byKind: Readonly<Record<string, number>>;
}

/** Idle times of the clients that keep their connection; the longest is still shorter than any drain here. */
const PAUSES_MS = [0, 5, 20, 100, 400];
const CLIENTS_WITHOUT_CONNECTION = 3;

/** SIGTERM comes at a random moment of this span after the next server is ready. */
const SPAN_MS = 600;

/** Replaces a server under load by the next one, again and again, and counts what becomes of each request. */
export async function restartUnderLoad(options: RestartOptions): Promise<RestartResult> {
  const { restarts, report = () => undefined } = options;
  const counts = new Counts();
  const service = new Service();
  const stopped = new AbortController();
  const watching = service.watch(stopped.signal);
  const traffic: Traffic = {
    connectTo: () => service.connectTo(),
    kinds: requestKinds(),
    stopped: stopped.signal,
    sent: () => counts.sent++,
    done: (outcome) => {
      counts.add(outcome);
    },
  };
  const running = new Set<ServerProcess>();
  let drained = 0;
  let inFlight = 0;
  let clients: Promise<unknown> | undefined;
  try {
    let current = await start(options, service, running);
    clients = Promise.all([
      ...Array.from({ length: CLIENTS_WITHOUT_CONNECTION }, (_, index) => newConnections(traffic, index * 7)),
      ...PAUSES_MS.map((pause, index) => keptConnection(traffic, index * 11, pause)),
    ]);
    for (let restart = 1; restart <= restarts; restart++) {
      const next = await start(options, service, running);
      await sleep(Math.random() * SPAN_MS);
      inFlight += counts.underWay;
      current.server.kill('SIGTERM');
      const code = await current.server.exit;
      service.remove(current.port);
      running.delete(current.server);
      if (code === 0 && current.server.log.at(-1)?.msg === 'drained') drained++;
      report(`restart ${restart} of ${restarts}: ${counts.finished} requests, ${counts.lost.length} lost`);
      current = next;
    }
    stopped.abort();
    await clients;
  } finally {
    stopped.abort();
    await watching;
    for (const server of running) server.kill('SIGKILL');
  }
  const { finished, toldToClose, lost, byKind } = counts;
  return { restarts, drained, requests: finished, inFlight, toldToClose, lost, byKind };
}

class Counts {
  sent = 0;
  finished = 0;
  toldToClose = 0;
  readonly lost: string[] = [];
  readonly byKind: Record<string, number> = {};

  get underWay(): number {
    return this.sent - this.finished;
  }

  add({ kind, lost, close }: Outcome): void {
    this.finished++;
    this.byKind[kind] = (this.byKind[kind] ?? 0) + 1;
    if (close) this.toldToClose++;
    if (lost !== undefined) this.lost.push(`${kind}: ${lost}`);
  }
}

async function start(
  { bundle, modelDir, drainSeconds }: RestartOptions,
  service: Service,
  running: Set<ServerProcess>,
): Promise<{ readonly server: ServerProcess; readonly port: number }> {
  const server = spawnServer(bundle, { MODEL_DIR: modelDir, DRAIN_SECONDS: String(drainSeconds) });
  running.add(server);
  const { port } = await server.ready;
  service.add(port);
  while (!service.isReady(port)) await sleep(10);
  return { server, port };
}
