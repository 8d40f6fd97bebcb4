import { END, HOUR, MINUTE } from './plan';
import { normal, poisson, type Random } from './random';

/** Bounds of the buckets that are written: those that rules read, and what surrounds them. */
export const BOUNDS = [0.025, 0.1, 0.5] as const;

export type StatusClass = '2xx' | '4xx' | '5xx';

/** Requests of one process since the start of the history, by minute. */
export interface Stream {
  readonly status: Readonly<Record<StatusClass, Float64Array>>;
  /** Requests within each of {@link BOUNDS}. */
  readonly within: readonly Float64Array[];
  readonly seconds: Float64Array;
}

export interface Requests {
  readonly from: number;
  /** Of the gateway's pods, and of the places of the model servers behind them. */
  readonly gateways: readonly [Stream, Stream];
  readonly servers: readonly [Stream, Stream];
}

/** A time in which this share of all requests fails. */
export interface ErrorFault {
  readonly from: number;
  readonly to: number;
  readonly share: number;
}

/** 12 ms in the median, 27 ms at the 95th percentile. */
const MEDIAN_SECONDS = 0.012;
const SPREAD = 0.5;
/** Requests that wait for a collection of garbage or a busy node. */
const SLOW_SHARE = 0.001;
const REFUSED_SHARE = 0.003;
const FAILED_SHARE = 0.00005;
/** Faults come in clumps: on every other day three minutes in which a fifth of the requests fails and as many are slow. */
const CLUMPS_PER_MINUTE = 0.5 / 1_440;
const CLUMP_MINUTES = 3;
const CLUMP_SHARE = 0.2;

/**
 * Requests of one row each, as many as the version that takes traffic counted: 0.02 to 0.04 % fail.
 *
 * @param rowsPerHour rows of the hour that begins then
 */
export function requestsOf(
  from: number,
  rowsPerHour: (at: number) => number,
  random: Random,
  fault?: ErrorFault,
): Requests {
  const minutes = Math.ceil((END - from) / MINUTE);
  const gateways = [streamOf(minutes), streamOf(minutes)] as const;
  const servers = [streamOf(minutes), streamOf(minutes)] as const;
  let clump = 0;
  for (let minute = 0; minute < minutes; minute += 1) {
    const at = from + minute * MINUTE;
    if (random() < CLUMPS_PER_MINUTE) clump = CLUMP_MINUTES;
    const isFault = fault !== undefined && at >= fault.from && at < fault.to;
    const failing = (isFault ? fault.share : FAILED_SHARE) + (clump > 0 ? CLUMP_SHARE : 0);
    const slow = SLOW_SHARE + (clump > 0 ? CLUMP_SHARE : 0);
    clump -= 1;
    for (let count = poisson(rowsPerHour(at) / (HOUR / MINUTE), random); count > 0; count -= 1) {
      const status = random() < failing ? '5xx' : random() < REFUSED_SHARE ? '4xx' : '2xx';
      const seconds =
        random() < slow ? 0.12 + 0.5 * random() : MEDIAN_SECONDS * Math.exp(SPREAD * normal(random));
      add(gateways[random() < 0.5 ? 0 : 1], minute, status, seconds);
      // Half of what fails never reached a model server.
      if (status !== '5xx' || random() < 0.5)
        add(servers[random() < 0.5 ? 0 : 1], minute, status, seconds * 0.6);
    }
  }
  for (const stream of [...gateways, ...servers]) for (const values of arraysOf(stream)) accumulate(values);
  return { from, gateways, servers };
}

/** Sum up to a moment; what the running minute brings counts at its end. */
export function sumAt(requests: Requests, values: Float64Array, at: number): number {
  const minute = Math.floor((at - requests.from) / MINUTE);
  return values[Math.min(values.length - 1, Math.max(0, minute))] ?? 0;
}

function streamOf(minutes: number): Stream {
  const empty = (): Float64Array => new Float64Array(minutes + 1);
  return {
    status: { '2xx': empty(), '4xx': empty(), '5xx': empty() },
    within: BOUNDS.map(empty),
    seconds: empty(),
  };
}

function add(stream: Stream, minute: number, status: StatusClass, seconds: number): void {
  const increase = (values: Float64Array, by: number): void => {
    values[minute + 1] = (values[minute + 1] ?? 0) + by;
  };
  increase(stream.status[status], 1);
  increase(stream.seconds, seconds);
  BOUNDS.forEach((bound, index) => {
    const values = stream.within[index];
    if (values !== undefined && seconds <= bound) increase(values, 1);
  });
}

function arraysOf({ status, within, seconds }: Stream): readonly Float64Array[] {
  return [...Object.values(status), ...within, seconds];
}

function accumulate(values: Float64Array): void {
  for (let index = 1; index < values.length; index += 1)
    values[index] = (values[index] ?? 0) + (values[index - 1] ?? 0);
}
