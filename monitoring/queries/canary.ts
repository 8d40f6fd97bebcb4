import { GATEWAY_METRIC, MODEL_SERVER_METRIC } from '../../contracts/metrics';
import { maxBy, selector, type PromQL } from './promql';
import { SLO } from './serving';

/** Seconds between two scrapes of the gateway; a verdict waits for three. */
export const SCRAPE_SECONDS = 5;

/** Whether scores are constant shows within minutes; more would be many samples. */
const SCORE_SECONDS = 3_600;

/**
 * What is asked about two versions that run side by side. Ranges are raw samples: an increase by PromQL is extrapolated, and
 * tests of counts need counts.
 * @param seconds how far to look back
 */
export function canaryQueries(model: string, versions: readonly string[], seconds: number) {
  const of = (name: string, labels: Readonly<Record<string, string>> = {}) =>
    selector(name, { model, version: `=~${versions.join('|')}`, ...labels });
  const range = (vector: PromQL, window: number) => `${vector}[${Math.ceil(window)}s]`;
  const { failedRequests, requestDuration } = GATEWAY_METRIC;
  const { scoreBin, observedRows, scoreReferenceShare, decidedRequests } = MODEL_SERVER_METRIC;
  const forScores = Math.min(seconds, SCORE_SECONDS);
  return {
    ranges: {
      /** Counted once each, before any retry: a hung version reports no failure itself. */
      failed: range(of(failedRequests.name), seconds),
      all: range(of(`${requestDuration.name}_count`), seconds),
      /** The share over a bound is exact from counts; a quantile is not. */
      fast: range(of(`${requestDuration.name}_bucket`, { le: String(SLO.latencySeconds) }), seconds),
      scores: range(of(scoreBin.name), forScores),
      scored: range(of(observedRows.name), forScores),
      decided: range(of(decidedRequests.name), seconds),
    },
    instants: { reference: maxBy(['version', 'bin'], of(scoreReferenceShare.name)) },
  } as const satisfies Record<string, Readonly<Record<string, PromQL>>>;
}

/** The clock of Prometheus, in seconds since 1970. */
export const CLOCK: PromQL = 'vector(time())';
