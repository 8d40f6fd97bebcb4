import type { MeasureId } from './measures';
import type { SliceResult } from './rotation';
import type { PeerId } from './servers/peer';
import { ratios, significant, spread } from './statistics';
import type { Spread } from './statistics';

/** Everything that one run of the benchmark saw. */
export interface Measured {
  readonly slices: readonly SliceResult[];
  /** Milliseconds from process start to ready, one per start. */
  readonly coldStarts: Readonly<Record<PeerId, readonly number[]>>;
  /** Resident bytes after the start and after all rotations. */
  readonly memory: Readonly<Record<PeerId, { readonly started: number; readonly finished: number }>>;
  /** Resident bytes of a fresh process of our server, after each part of the single-row requests. */
  readonly ownMemory: readonly number[];
}

/** A figure with what it has to reach. */
export interface Figure {
  readonly value: number;
  readonly range: readonly [number, number];
  /** What must be reached, in words. */
  readonly aim: string;
  /** Null where there is no aim. */
  readonly met: boolean | null;
}

/** What every server is told by in the table. */
export interface ServerFigures {
  readonly single_row_per_second: Spread;
  readonly single_row_cpu_us: Spread;
  readonly p50_ms_at_500: Spread;
  readonly p99_ms_at_500: Spread;
  readonly batch64_rows_per_second: Spread;
  readonly batch1024_rows_per_second: Spread;
  readonly batch1024_binary_rows_per_second: Spread | null;
  readonly unmixed_p99_ms: Spread | null;
  readonly mixed_p99_ms: Spread | null;
  readonly rss_mb_started: number;
  readonly rss_mb_finished: number;
  readonly cold_start_ms: Spread;
  /** Share of its core that the server had in the closed loop of single rows. */
  readonly single_row_server_share: Spread;
  /** How busy the load generator's core was meanwhile. */
  readonly single_row_load_core_share: Spread;
}

const MB = 1e6;

interface Aim {
  readonly bound: number;
  readonly direction: '≥' | '≤';
}

const atLeast = (bound: number): Aim => ({ bound, direction: '≥' });
const atMost = (bound: number): Aim => ({ bound, direction: '≤' });

export function figure({ median, range }: Spread, aim?: Aim): Figure {
  const rounded = {
    value: significant(median),
    range: [significant(range[0]), significant(range[1])] as const,
  };
  if (aim === undefined) return { ...rounded, aim: '–', met: null };
  const met = aim.direction === '≥' ? median >= aim.bound : median <= aim.bound;
  return { ...rounded, aim: `${aim.direction} ${aim.bound}`, met };
}

/** Values of one server's slices of one measure, by rotation. */
function series(
  { slices }: Measured,
  server: PeerId,
  measure: MeasureId,
  value: (slice: SliceResult) => number,
): number[] {
  return slices
    .filter((slice) => slice.server === server && slice.measure === measure)
    .toSorted((a, b) => a.rotation - b.rotation)
    .map(value);
}

const rows = (slice: SliceResult) => slice.rowsPerSecond;
const p99 = (slice: SliceResult) => slice.p99;

/** What the aims are about. */
export function aimedFigures(measured: Measured): {
  readonly ratios: Readonly<Record<string, Figure>>;
  readonly rss_mb_after_1m: Figure;
  readonly cold_start_ms: Figure;
} {
  const own = (measure: MeasureId, value = rows) => series(measured, 'own', measure, value);
  const single = (peer: PeerId) => ratios(own('single'), series(measured, peer, 'single', rows));
  const hasBefore = measured.slices.some(({ server }) => server === 'before');
  const rustJson = series(measured, 'rust', 'batch1024', rows);
  const memory = measured.ownMemory.map((bytes) => bytes / MB);
  return {
    ratios: {
      single_row_vs_mlserver: figure(single('mlserver'), atLeast(12)),
      single_row_vs_kserve: figure(single('kserve'), atLeast(12)),
      single_row_vs_fastapi: figure(single('fastapi'), atLeast(5)),
      single_row_vs_node_http: figure(single('node_http')),
      single_row_vs_rust: figure(single('rust'), atLeast(0.72)),
      ...(hasBefore ? { single_row_vs_before: figure(single('before')) } : {}),
      batch1024_binary_vs_rust_json: figure(ratios(own('binary1024'), rustJson), atLeast(1)),
      batch1024_binary_vs_own_json: figure(ratios(own('binary1024'), own('batch1024')), atLeast(2)),
      p99_500_vs_rust: figure(ratios(own('open', p99), series(measured, 'rust', 'open', p99)), atMost(1.2)),
      mixed_p99_vs_unmixed: figure(ratios(own('mixed', p99), own('unmixed', p99)), atMost(2)),
    },
    // Not the median of the parts: what it is after all of them.
    rss_mb_after_1m: figure({ ...spread(memory), median: memory.at(-1) ?? Number.NaN }, atMost(110)),
    cold_start_ms: figure(spread(measured.coldStarts.own), atMost(200)),
  };
}

export function serverFigures(measured: Measured, server: PeerId): ServerFigures {
  const of = (measure: MeasureId, value: (slice: SliceResult) => number) =>
    rounded(spread(series(measured, server, measure, value)));
  const some = (measure: MeasureId, value: (slice: SliceResult) => number) =>
    series(measured, server, measure, value).length > 0 ? of(measure, value) : null;
  const { started, finished } = measured.memory[server];
  return {
    single_row_per_second: of('single', rows),
    single_row_cpu_us: of('single', ({ cpuMicroseconds }) => cpuMicroseconds),
    p50_ms_at_500: of('open', ({ p50 }) => p50),
    p99_ms_at_500: of('open', p99),
    batch64_rows_per_second: of('batch64', rows),
    batch1024_rows_per_second: of('batch1024', rows),
    batch1024_binary_rows_per_second: some('binary1024', rows),
    unmixed_p99_ms: some('unmixed', p99),
    mixed_p99_ms: some('mixed', p99),
    rss_mb_started: significant(started / MB),
    rss_mb_finished: significant(finished / MB),
    cold_start_ms: rounded(spread(measured.coldStarts[server])),
    single_row_server_share: of('single', ({ serverShare }) => serverShare),
    single_row_load_core_share: of('single', ({ loadCoreShare }) => loadCoreShare),
  };
}

function rounded({ median, range: [least, most] }: Spread): Spread {
  return { median: significant(median), range: [significant(least), significant(most)] };
}
