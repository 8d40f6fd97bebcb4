import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { ROOT } from '../../contracts/repository';
import { errors } from './errors';
import { processTree } from './process-tree';
import type { Peer, StartContext } from './servers/peer';

const LOGS = join(ROOT, '.mlops/bench/logs');
const READY_SECONDS = 90;
const POLL_MILLISECONDS = 2;
const GRACE_MILLISECONDS = 10_000;
const SHOWN_LINES = 15;

/** A server in a separate process, pinned to one core. */
export interface RunningServer {
  readonly peer: Peer;
  readonly port: number;
  readonly url: string;
  /** From the start of its process to the first 200 of GET /v2/health/ready. */
  readonly startMilliseconds: number;
  /** The process and its children. */
  pids(): number[];
  stop(): Promise<void>;
}

export type ServerContext = Omit<StartContext, 'ports'> & { readonly core: number };

/**
 * Starts a server and waits until it is ready.
 *
 * @throws {BenchError} serverEnded, serverNotReady; the signal's reason when aborted
 */
export async function startServer(
  peer: Peer,
  context: ServerContext,
  signal: AbortSignal,
): Promise<RunningServer> {
  const ports = await freePorts();
  const { file, args, env } = peer.command({ ...context, ports });
  mkdirSync(LOGS, { recursive: true });
  const log = join(LOGS, `${peer.id}.log`);
  const output = openSync(log, 'w');
  const started = performance.now();
  // setpriv: the server does not outlive a benchmark that was killed. It and taskset become the server by exec.
  const pinned = ['--pdeathsig', 'KILL', 'taskset', '--cpu-list', String(context.core), file, ...args];
  const child = spawn('setpriv', pinned, {
    cwd: ROOT,
    // ONNX Runtime reports to its maker unless told not to: a thread more, and 9 MB, in every server but ours.
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ORT_DISABLE_TELEMETRY: '1', ...env },
    // A separate process group: Ctrl-C at the terminal reaches only us, and we end the whole group.
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const server = { peer, port: ports[0], url: `http://127.0.0.1:${ports[0]}` };
  const stop = () => end(child);
  try {
    await waitUntilReady(child, server.url, peer.title, log, signal);
  } catch (error) {
    await stop();
    throw error;
  }
  const startMilliseconds = performance.now() - started;
  return { ...server, startMilliseconds, pids: () => processTree(child.pid ?? 0), stop };
}

async function waitUntilReady(
  child: ChildProcess,
  url: string,
  title: string,
  log: string,
  signal: AbortSignal,
): Promise<void> {
  let spawnError: Error | undefined;
  child.once('error', (error) => (spawnError = error));
  const deadline = performance.now() + READY_SECONDS * 1000;
  while (performance.now() < deadline) {
    signal.throwIfAborted();
    if (spawnError) throw errors.serverEnded(title, spawnError.message);
    if (hasEnded(child)) throw errors.serverEnded(title, lastLines(log));
    if ((await status(`${url}/v2/health/ready`)) === 200) return;
    await sleep(POLL_MILLISECONDS);
  }
  throw errors.serverNotReady(title, READY_SECONDS, lastLines(log));
}

/** Status of a GET on a new connection; undefined if there is no answer. */
function status(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    get(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).once('error', () => {
      resolve(undefined);
    });
  });
}

/** SIGTERM, then SIGKILL for what is left of the group. */
async function end(child: ChildProcess): Promise<void> {
  if (!hasEnded(child)) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    signalGroup(child, 'SIGTERM');
    await Promise.race([ended, sleep(GRACE_MILLISECONDS, undefined, { ref: false })]);
  }
  signalGroup(child, 'SIGKILL');
}

function hasEnded({ exitCode, signalCode, pid }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null;
}

function signalGroup({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch {
    // It has already exited.
  }
}

function lastLines(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-SHOWN_LINES).join('\n');
}

/** Three ports that nobody holds now. */
async function freePorts(): Promise<[number, number, number]> {
  const listeners = [createServer(), createServer(), createServer()];
  const ports = await Promise.all(
    listeners.map(
      (listener) =>
        new Promise<number>((resolve, reject) => {
          listener.once('error', reject).listen(0, '127.0.0.1', () => {
            resolve((listener.address() as AddressInfo).port);
          });
        }),
    ),
  );
  await Promise.all(listeners.map((listener) => new Promise((resolve) => listener.close(resolve))));
  return ports as [number, number, number];
}
