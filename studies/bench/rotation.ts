import { execute } from '../../toolchain/process';
import { ohaArguments, readResult } from './load';
import type { Load, LoadResult } from './load';
import type { Measure, MeasureId } from './measures';
import type { Plan } from './plan';
import { busySeconds, cpuSeconds } from './process-tree';
import type { RunningServer } from './running-server';
import type { PeerId } from './servers/peer';
import { shuffled } from './statistics';

/** What one slice showed. */
export interface SliceResult extends LoadResult {
  readonly server: PeerId;
  readonly measure: MeasureId;
  readonly rotation: number;
  readonly rowsPerSecond: number;
  /** Processor time of the server per request, in microseconds. */
  readonly cpuMicroseconds: number;
  /** Share of its core that the server had. Near 1 in a closed loop: the load generator was quick enough. */
  readonly serverShare: number;
  /** How busy the load generator's core was. Near 1 before the server's: it was the load generator that was measured. */
  readonly loadCoreShare: number;
  /** Share of the server's core that somebody else had: other work on the machine. */
  readonly otherShare: number;
}

export interface LoadContext {
  /** Path of oha. */
  readonly oha: string;
  readonly cores: Plan['cores'];
  readonly signal: AbortSignal;
}

/** Sends one load from the load generator's core. */
export async function sendLoad(load: Load, title: string, context: LoadContext): Promise<LoadResult> {
  const { oha, cores, signal } = context;
  const args = ['--cpu-list', String(cores.load), oha, ...ohaArguments(load)];
  return readResult(await execute('taskset', args, { signal }), title);
}

/** Every measure once on every server it applies to, the servers in a new order for each measure. */
export async function rotate(
  servers: readonly RunningServer[],
  measures: readonly Measure[],
  rotation: number,
  context: LoadContext,
): Promise<SliceResult[]> {
  const results: SliceResult[] = [];
  for (const measure of measures) {
    for (const server of shuffled(servers.filter(({ peer }) => measure.applies(peer)))) {
      results.push(await runSlice(server, measure, rotation, context));
    }
  }
  return results;
}

async function runSlice(
  server: RunningServer,
  measure: Measure,
  rotation: number,
  context: LoadContext,
): Promise<SliceResult> {
  const { load, beside } = measure.slice(server.url, rotation);
  const { title, id } = server.peer;
  const pids = server.pids();
  const usage = () => ({
    own: cpuSeconds(pids),
    core: busySeconds(context.cores.server),
    loadCore: busySeconds(context.cores.load),
    clock: performance.now() / 1000,
  });
  const before = usage();
  const [result] = await Promise.all([
    sendLoad(load, title, context),
    beside === undefined ? undefined : sendLoad(beside, title, context),
  ]);
  const after = usage();
  const seconds = after.clock - before.clock;
  const own = after.own - before.own;
  return {
    ...result,
    server: id,
    measure: measure.id,
    rotation,
    rowsPerSecond: result.perSecond * measure.rows,
    cpuMicroseconds: (own / result.requests) * 1e6,
    serverShare: own / seconds,
    loadCoreShare: (after.loadCore - before.loadCore) / seconds,
    otherShare: Math.max(0, after.core - before.core - own) / seconds,
  };
}
