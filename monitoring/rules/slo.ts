import { burnBound, burnRecordings, OBJECTIVES, type Objective } from '../queries/burn';
import { lines } from '../queries/promql';
import { RECORDED } from '../queries/recorded';
import { BURN_WINDOWS, failures, fast, requests, SLO, SLO_WINDOWS, timed } from '../queries/serving';
import type { AlertSpec, RecordingRule } from './rule';

const BY = ['model'] as const;
const SECONDS: Readonly<Record<string, number>> = { m: 60, h: 3_600, d: 86_400 };

/** Shares of failed and slow requests per window (0 without failures, no series without requests), and how sure they are. */
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
  ...burnRecordings,
];

const ALERT: Readonly<Record<Objective['name'], { readonly name: string; readonly what: string }>> = {
  availability: { name: 'ErrorBudgetBurn', what: 'of requests fail' },
  latency: {
    name: 'LatencyBudgetBurn',
    what: `of requests take longer than ${SLO.latencySeconds * 1000} ms`,
  },
};

export const sloAlerts: readonly AlertSpec[] = OBJECTIVES.flatMap(burn);

function burn(objective: Objective): readonly AlertSpec[] {
  const { name, what } = ALERT[objective.name];
  return BURN_WINDOWS.map((pair): AlertSpec => {
    const { long, short, factor, severity } = pair;
    const limit = Number((objective.budget * factor).toPrecision(6));
    return {
      name,
      expr: lines(`
        max by (model) (${burnBound(objective, pair, long, 'lower')}) > ${limit}
        and
        max by (model) (${burnBound(objective, pair, short, 'lower')}) > ${limit}`),
      // Where requests are few, the short window is now sure, now not, while one fault goes on.
      keepFiringFor: '15m',
      team: 'ops',
      severity,
      // The series already have it; stated here, it tells rules of the same name apart.
      labels: { window: long },
      summary: `{{ $labels.model }} burns its ${SLO.days}-day budget ${factor} times too fast`,
      description: `With 95 % confidence at least {{ $value | humanizePercentage }} ${what} over ${long}, and too many still do over ${short}; ${percent(objective.budget)} is the budget.`,
    };
  });
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`;
}

function seconds(window: string): number {
  const [, count = '', unit = ''] = /^(\d+)([mhd])$/.exec(window) ?? [];
  return Number(count) * (SECONDS[unit] ?? NaN);
}
