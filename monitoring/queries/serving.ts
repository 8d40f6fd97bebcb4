import { GATEWAY_METRIC, MODEL_SERVER_METRIC } from '../../contracts/metrics';
import { selector, sumBy, type PromQL } from './promql';

/** Objectives of serving over 30 days. */
export const SLO = {
  /** Share of requests without a server-side failure. */
  availability: 0.999,
  /** Share of requests answered within {@link SLO}.latencySeconds. */
  latency: 0.99,
  /** Must be a bucket bound. */
  latencySeconds: 0.1,
  days: 30,
} as const;

/** A pair of windows of a burn-rate alert (Google, The Site Reliability Workbook, chapter 5). */
export interface BurnWindow {
  readonly long: string;
  readonly short: string;
  /** Burn rate that fires the alert, as a multiple of what the budget allows. */
  readonly factor: number;
  readonly severity: 'page' | 'ticket';
}

export const BURN_WINDOWS: readonly BurnWindow[] = [
  { long: '1h', short: '5m', factor: 14.4, severity: 'page' },
  { long: '6h', short: '30m', factor: 6, severity: 'page' },
  { long: '1d', short: '2h', factor: 3, severity: 'ticket' },
  { long: '3d', short: '6h', factor: 1, severity: 'ticket' },
];

export const SLO_WINDOWS = [...new Set(BURN_WINDOWS.flatMap(({ long, short }) => [short, long]))];

/**
 * Requests as clients see them, from the gateway; from the model servers if no gateway is scraped. That is worse, as a
 * hung server reports nothing, but better than none.
 */
export function requests(
  by: readonly string[],
  window: string,
  matchers: Readonly<Record<string, string>> = {},
): PromQL {
  const { requests: atGateway } = GATEWAY_METRIC;
  return orServers(
    by,
    sumBy(by, `rate(${selector(atGateway.name, matchers)}[${window}])`),
    sumBy(
      by,
      `rate(${selector(`${MODEL_SERVER_METRIC.requestDuration.name}_count`, { ...INFERENCE, ...matchers })}[${window}])`,
    ),
  );
}

/** Requests with a server-side failure. */
export function failures(
  by: readonly string[],
  window: string,
  matchers: Readonly<Record<string, string>> = {},
): PromQL {
  const failed = { ...matchers, status: '5xx' };
  return orServers(
    by,
    sumBy(by, `rate(${selector(GATEWAY_METRIC.requests.name, failed)}[${window}])`),
    sumBy(
      by,
      `rate(${selector(`${MODEL_SERVER_METRIC.requestDuration.name}_count`, { ...INFERENCE, ...failed })}[${window}])`,
    ),
  );
}

/** Requests answered within the promised time. */
export function fast(
  by: readonly string[],
  window: string,
  matchers: Readonly<Record<string, string>> = {},
): PromQL {
  const within = { ...matchers, le: String(SLO.latencySeconds) };
  return orServers(
    by,
    sumBy(by, `rate(${selector(`${GATEWAY_METRIC.requestDuration.name}_bucket`, within)}[${window}])`),
    sumBy(
      by,
      `rate(${selector(`${MODEL_SERVER_METRIC.requestDuration.name}_bucket`, { ...INFERENCE, ...within })}[${window}])`,
    ),
  );
}

/** Requests with a measured duration: the denominator for {@link fast}. */
export function timed(
  by: readonly string[],
  window: string,
  matchers: Readonly<Record<string, string>> = {},
): PromQL {
  return orServers(
    by,
    sumBy(by, `rate(${selector(`${GATEWAY_METRIC.requestDuration.name}_count`, matchers)}[${window}])`),
    sumBy(
      by,
      `rate(${selector(`${MODEL_SERVER_METRIC.requestDuration.name}_count`, { ...INFERENCE, ...matchers })}[${window}])`,
    ),
  );
}

/** Durations by bucket; adds `le` to the labels. */
export function durationBuckets(
  by: readonly string[],
  window: string,
  matchers: Readonly<Record<string, string>> = {},
): PromQL {
  const labels = [...by, 'le'];
  return orServers(
    by,
    sumBy(labels, `rate(${selector(`${GATEWAY_METRIC.requestDuration.name}_bucket`, matchers)}[${window}])`),
    sumBy(
      labels,
      `rate(${selector(`${MODEL_SERVER_METRIC.requestDuration.name}_bucket`, { ...INFERENCE, ...matchers })}[${window}])`,
    ),
  );
}

export function quantile(q: number, buckets: PromQL): PromQL {
  return `histogram_quantile(${q}, ${buckets})`;
}

/** Attempts without an answer, before any retry. */
export function failedAttempts(
  by: readonly string[],
  window: string,
  matchers: Readonly<Record<string, string>> = {},
): PromQL {
  return sumBy(
    by,
    `rate(${selector(GATEWAY_METRIC.attempts.name, { ...matchers, outcome: '!=answered' })}[${window}])`,
  );
}

/** Prediction routes; probes and pages are not client requests. */
const INFERENCE = { route: '=~.*(infer|predict|ModelInfer).*' } as const;

function orServers(by: readonly string[], gateway: PromQL, servers: PromQL): PromQL {
  return `(\n  ${gateway}\n  or on (${by.join(', ')})\n  ${servers}\n)`;
}
