import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import type { RequestKind } from './requests';

/** How one request ended. Only a whole answer of status 200 counts as an answer. */
export interface Outcome {
  readonly kind: string;
  /** undefined for a whole answer. */
  readonly lost: string | undefined;
  /** Whether the connection was to be used again, and no longer may be. */
  readonly close: boolean;
}

/** More than any of these answers takes: what is not there by then is lost. */
const PATIENCE_MS = 15_000;

/** Parts that a slow body is sent in. */
const PARTS = 6;

/** Sends one request and waits for the end of its answer; nothing is tried again. */
function send(port: number, kind: RequestKind, agent: Agent | false): Promise<Outcome> {
  return new Promise((resolve) => {
    const end = (lost: string | undefined, close = agent !== false): void => {
      resolve({ kind: kind.name, lost, close });
    };
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        path: kind.path,
        method: 'POST',
        agent,
        headers: { ...kind.headers, 'content-length': kind.body.byteLength },
        timeout: PATIENCE_MS,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', (error) => {
          end(`within the answer: ${error.message}`);
        });
        response.once('end', () => {
          const { statusCode, headers } = response;
          const close = agent !== false && headers.connection === 'close';
          if (statusCode !== 200) end(`status ${String(statusCode)}`, close);
          else if (!kind.complete(Buffer.concat(chunks), headers)) end('half an answer', close);
          else end(undefined, close);
        });
      },
    );
    sent.once('timeout', () => sent.destroy(new Error(`no answer within ${PATIENCE_MS} ms`)));
    sent.on('error', (error) => {
      end(error.message);
    });
    if (kind.sendMs === 0) sent.end(kind.body);
    else void sendSlowly(kind, (part) => sent.write(part)).then(() => sent.end());
  });
}

async function sendSlowly({ body, sendMs }: RequestKind, write: (part: Buffer) => unknown): Promise<void> {
  const size = Math.ceil(body.byteLength / PARTS);
  for (let part = 0; part < PARTS; part++) {
    write(body.subarray(part * size, (part + 1) * size));
    await sleep(sendMs / PARTS);
  }
}

/** Where a client finds a server, and what it does with each outcome. */
export interface Traffic {
  /** Port of a server that is ready, for a new connection. */
  readonly connectTo: () => number;
  readonly kinds: readonly RequestKind[];
  readonly stopped: AbortSignal;
  readonly sent: () => void;
  readonly done: (outcome: Outcome) => void;
}

/** Opens a connection for every request. */
export async function newConnections(traffic: Traffic, first: number): Promise<void> {
  await each(traffic, first, 5, (kind) => send(traffic.connectTo(), kind, false));
}

/**
 * Keeps one connection until the server asks to close it, then opens another.
 *
 * @param pauseMs Between an answer and the next request: how long the connection is idle.
 */
export async function keptConnection(traffic: Traffic, first: number, pauseMs: number): Promise<void> {
  let agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let port = traffic.connectTo();
  await each(traffic, first, pauseMs, async (kind) => {
    const outcome = await send(port, kind, agent);
    if (outcome.close) {
      agent.destroy();
      agent = new Agent({ keepAlive: true, maxSockets: 1 });
      port = traffic.connectTo();
    }
    return outcome;
  });
  agent.destroy();
}

/** One request after the other, of every kind in turn. */
async function each(
  { kinds, stopped, sent, done }: Traffic,
  first: number,
  pauseMs: number,
  act: (kind: RequestKind) => Promise<Outcome>,
): Promise<void> {
  for (let turn = first; !stopped.aborted; turn++) {
    const kind = kinds[turn % kinds.length];
    if (kind === undefined) return;
    sent();
    done(await act(kind));
    await sleep(pauseMs);
  }
}
