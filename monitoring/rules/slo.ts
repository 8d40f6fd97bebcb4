import { lines, type PromQL } from '../queries/promql';
import { RECORDED } from '../queries/recorded';
import {
  BURN_WINDOWS,
  failures,
  fast,
  LEAST_REQUESTS,
  requests,
  SLO,
  SLO_WINDOWS,
  timed,
} from '../queries/serving';
import type { AlertSpec, RecordingRule } from './rule';

const BY = ['model'] as const;
const SECONDS: Readonly<Record<string, number>> = { m: 60, h: 3_600, d: 86_400 };

/** Shares of failed and slow requests per window: 0 without failures, no series without requests. */
export const sloRecordings: readonly RecordingRule[] = [
  { record: RECORDED.requests, expr: requests(BY, '5m') },
  ...SLO_WINDOWS.flatMap((window) => {
    const all = requests(BY, window);
    const labels = { window };
    return [
      { record: RECORDED.requestsIn, expr: `${all} * ${seconds(window)}`, labels },
      {
        record: RECORDED.errorShare,
        // Before the first failure there may be no series of failures.
        expr: lines(`
          (${failures(BY, window)} or on (model) ${all} * 0)
          / on (model) (${all} > 0)`),
        labels,
      },
      {
        record: RECORDED.slowShare,
        expr: `1 - ${fast(BY, window)} / on (model) (${timed(BY, window)} > 0)`,
        labels,
      },
    ];
  }),
];

export const sloAlerts: readonly AlertSpec[] = [
  burn('ErrorBudgetBurn', RECORDED.errorShare, 1 - SLO.availability, 'of requests fail'),
  burn(
    'LatencyBudgetBurn',
    RECORDED.slowShare,
    1 - SLO.latency,
    `of requests take longer than ${SLO.latencySeconds * 1000} ms`,
  ),
].flat();

function burn(name: string, share: string, budget: number, what: string): readonly AlertSpec[] {
  return BURN_WINDOWS.map(({ long, short, factor, severity }) => ({
    name,
    expr: burning(share, budget * factor, long, short),
    team: 'ops',
    severity,
    // The series already have it; stated here, it tells rules of the same name apart.
    labels: { window: long },
    summary: `{{ $labels.model }} burns its ${SLO.days}-day budget ${factor} times too fast`,
    description: `{{ $value | humanizePercentage }} ${what} over ${long} and over ${short}; ${percent(budget)} is the budget.`,
  }));
}

function burning(share: string, most: number, long: string, short: string): PromQL {
  const limit = Number(most.toPrecision(6));
  return lines(`
    ${share}{window="${long}"} > ${limit}
    and on (model) ${share}{window="${short}"} > ${limit}
    and on (model) ${RECORDED.requestsIn}{window="${long}"} >= ${LEAST_REQUESTS}`);
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`;
}

function seconds(window: string): number {
  const [, count = '', unit = ''] = /^(\d+)([mhd])$/.exec(window) ?? [];
  return Number(count) * (SECONDS[unit] ?? NaN);
}
