import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import type { Measured } from './figures';
import { LARGE, modelDigest, modelRecipe, readRows, readScores, requestsRecipe } from './inputs';
import { OHA_VERSION, ohaRecipe } from './load-generator';
import { measures } from './measures';
import type { Measure } from './measures';
import { requireParity } from './parity';
import type { Plan } from './plan';
import type { Artifacts, Say } from './prepare';
import { residentBytes } from './process-tree';
import { results } from './record';
import type { Results } from './record';
import { binaryBody } from './requests';
import { rotate, sendLoad } from './rotation';
import type { LoadContext, SliceResult } from './rotation';
import { startServer } from './running-server';
import type { RunningServer, ServerContext } from './running-server';
import { before, peers } from './servers/index';
import { own } from './servers/own/peer';
import type { PeerId } from './servers/peer';
import { onnxRuntimeVersion } from './servers/onnx-runtime';
import { originOf } from '../recorder/origin';

type PerPeer<T> = Record<PeerId, T>;

/** One whole benchmark: every server is stopped when it returns, also by an error. */
export async function run(plan: Plan, artifacts: Artifacts, say: Say, signal: AbortSignal): Promise<Results> {
  // The harness waits on the load generator's core, so that the servers' core is theirs.
  execFileSync(
    'taskset',
    ['--all-tasks', '--cpu-list', '--pid', String(plan.cores.load), String(process.pid)],
    {
      stdio: 'ignore',
    },
  );
  const settings = [
    ...(plan.quick ? ['BENCH_QUICK=1'] : []),
    ...(before === '' ? [] : [`BENCH_BEFORE=${before}`]),
  ];
  const origin = originOf([...settings, 'make bench'].join(' '), { processor: true });
  const data = artifacts(modelRecipe);
  const model = join(data, 'package');
  const server: ServerContext = { model, artifact: artifacts, core: plan.cores.server };
  const load: LoadContext = { oha: join(artifacts(ohaRecipe), 'oha'), cores: plan.cores, signal };
  const rows = readRows(data);
  const bodies = {
    folder: artifacts(requestsRecipe),
    headerLength: binaryBody(rows, 0, LARGE).headerLength,
  };
  const all = measures(plan, bodies);

  const coldStarts = await measureColdStarts(plan, server, say, signal);
  const ownMemory = await measureOwnMemory(plan, all, server, load, say);
  const running: RunningServer[] = [];
  try {
    for (const peer of peers) running.push(await startServer(peer, server, signal));
    const started = perPeer(running, resident);
    const scores = readScores(data);
    const differences: number[] = [];
    for (const each of running) differences.push(await requireParity(each, rows, scores));
    say('every server answers as the model does');
    await warmUp(running, measures(warmUpPlan(plan), bodies), load, say);
    const slices: SliceResult[] = [];
    for (let rotation = 0; rotation < plan.rotations; rotation++) {
      slices.push(...(await rotate(running, all, rotation, load)));
      say(`rotation ${rotation + 1} of ${plan.rotations}`);
    }
    const memory = perPeer(running, (each) => ({
      started: started[each.peer.id],
      finished: resident(each),
    }));
    const measured: Measured = { slices, coldStarts, memory, ownMemory };
    return results(measured, origin, {
      rotations: plan.rotations,
      model: modelDigest(model),
      onnxruntime: onnxRuntimeVersion(),
      load_generator: `oha ${OHA_VERSION}`,
      largest_score_difference: Math.max(...differences),
    });
  } finally {
    await Promise.all(running.map((each) => each.stop()));
  }
}

/** Each server alone, from nothing to ready, in turns. */
async function measureColdStarts(
  { coldStarts }: Plan,
  context: ServerContext,
  say: Say,
  signal: AbortSignal,
): Promise<PerPeer<number[]>> {
  const found = Object.fromEntries(peers.map(({ id }) => [id, [] as number[]])) as PerPeer<number[]>;
  for (let round = 0; round < coldStarts; round++) {
    for (const peer of peers) {
      const server = await startServer(peer, context, signal);
      found[peer.id].push(server.startMilliseconds);
      await server.stop();
    }
    say(`cold starts, round ${round + 1} of ${coldStarts}`);
  }
  return found;
}

/** Resident bytes of a fresh process of our server, after each part of the single rows. */
async function measureOwnMemory(
  { memory: { parts, requestsPerPart } }: Plan,
  all: readonly Measure[],
  context: ServerContext,
  load: LoadContext,
  say: Say,
): Promise<number[]> {
  const server = await startServer(own, context, load.signal);
  try {
    const single = all.find(({ id }) => id === 'single');
    const found: number[] = [];
    for (let part = 1; part <= parts && single !== undefined; part++) {
      const slice = { ...single.slice(server.url, 0).load, amount: { requests: requestsPerPart } };
      await sendLoad(slice, own.title, load);
      found.push(resident(server));
      say(
        `memory after ${(part * requestsPerPart).toLocaleString('en')} single rows: ${Math.round(resident(server) / 1e6)} MB`,
      );
    }
    return found;
  } finally {
    await server.stop();
  }
}

/** Just-in-time compilers and caches are warm in production, too. Nothing of this is recorded. */
async function warmUp(
  running: readonly RunningServer[],
  short: readonly Measure[],
  load: LoadContext,
  say: Say,
): Promise<void> {
  await rotate(running, short, 0, load);
  say('warmed up');
}

function warmUpPlan(plan: Plan): Plan {
  return { ...plan, slice: { closedLoop: plan.warmUp, openLoop: plan.warmUp, batch: plan.warmUp } };
}

function perPeer<T>(running: readonly RunningServer[], value: (server: RunningServer) => T): PerPeer<T> {
  return Object.fromEntries(running.map((server) => [server.peer.id, value(server)])) as PerPeer<T>;
}

function resident(server: RunningServer): number {
  return residentBytes(server.pids());
}
