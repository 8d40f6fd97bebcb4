import { type DataFrame, rangeUtil } from '@grafana/data';
import type { Target } from '../dashboard-json';
import { interpolate, promFormat, type Scope } from '../interpolate';
import { query } from './api';
import { toFrames } from './frames';

/** How often the platform's Prometheus scrapes: the data source's `timeInterval` in Grafana. */
const SCRAPE_MS = 15_000;
/** Prometheus's limit of points per series. */
export const MAX_POINTS = 11_000;

export interface TargetResult {
  frames: DataFrame[];
  warnings: string[];
}

export interface RunOptions {
  /** Maximum number of points in the panel. */
  points: number;
  many: boolean;
  minInterval?: string;
  signal?: AbortSignal;
}

export async function runTarget(target: Target, scope: Scope, options: RunOptions): Promise<TargetResult> {
  const { stepMs, builtins } = steps(
    scope,
    options.points,
    interpolate(target.interval || options.minInterval, scope) || undefined,
  );
  const expr = interpolate(
    target.expr,
    { ...scope, builtins: { ...scope.builtins, ...builtins } },
    undefined,
    promFormat,
  );
  const asked = [
    ...(target.instant ? [instant(expr, scope, options.signal)] : []),
    ...(target.range || !target.instant ? [range(expr, scope, stepMs, options.signal)] : []),
  ];
  const answers = await Promise.all(asked);
  return {
    frames: answers.flatMap(({ answer, stepMs: step }) =>
      toFrames({ data: answer.data, target, expr, stepMs: step, many: options.many }),
    ),
    warnings: answers.flatMap(({ answer }) => answer.warnings ?? []),
  };
}

async function instant(expr: string, scope: Scope, signal?: AbortSignal) {
  const time = String(scope.range.to.valueOf() / 1000);
  return { answer: await query('query', { query: expr, time }, signal), stepMs: undefined };
}

/** Aligned to steps, so that a refresh does not move samples. */
async function range(expr: string, scope: Scope, stepMs: number, signal?: AbortSignal) {
  const step = stepMs / 1000;
  const aligned = (at: number) => String(Math.floor(at / stepMs) * step);
  const values = {
    query: expr,
    start: aligned(scope.range.from.valueOf()),
    end: aligned(scope.range.to.valueOf()),
    step: String(step),
  };
  return { answer: await query('query_range', values, signal), stepMs };
}

function steps(scope: Scope, points: number, least: string | undefined) {
  const leastMs = least === undefined ? SCRAPE_MS : rangeUtil.intervalToMs(least);
  const rangeMs = scope.range.to.valueOf() - scope.range.from.valueOf();
  const { intervalMs } = rangeUtil.calculateInterval(scope.range, Math.max(points, 50), `${leastMs}ms`);
  const stepMs = Math.max(intervalMs, leastMs, Math.ceil(rangeMs / MAX_POINTS));
  // Four scrapes, so that a rate survives a missed one.
  const rateMs = Math.max(stepMs + SCRAPE_MS, 4 * SCRAPE_MS);
  return {
    stepMs,
    builtins: {
      __interval: rangeUtil.secondsToHms(stepMs / 1000),
      __interval_ms: String(stepMs),
      __rate_interval: rangeUtil.secondsToHms(rateMs / 1000),
      __rate_interval_ms: String(rateMs),
    },
  };
}
