import { describe, expect, it } from '@jest/globals';
import { METRICS, SCRAPE_JOB, seriesNames } from '../../../contracts/metrics';
import { canaryQueries, CLOCK, SCRAPE_SECONDS } from '../../../monitoring/queries/canary';
import { metricNames } from '../../../monitoring/queries/metric-names';
import { scrapeTargets } from '../../../stacks/monitoring/scrape-targets';

describe('what is asked about a canary', () => {
  const { ranges, instants } = canaryQueries('fraud', ['2', '1'], 99.5);
  const known = new Set(METRICS.flatMap(seriesNames));

  it.each(Object.entries({ ...ranges, ...instants }))('%s is a series that somebody exports', (_, query) => {
    const [name, ...others] = metricNames(query);
    expect(others).toEqual([]);
    expect(known).toContain(name);
  });

  it('is about both versions, for the whole window', () => {
    expect(ranges.fast).toBe(
      'gateway_request_duration_seconds_bucket{model="fraud",version=~"2|1",le="0.1"}[100s]',
    );
    expect([...metricNames(CLOCK)]).toEqual([]);
  });

  it('ignores the interval at which Prometheus scrapes the gateway', () => {
    const gateway = scrapeTargets.find(({ job }) => job === SCRAPE_JOB.gateway);
    expect(gateway?.interval).toBe(`${SCRAPE_SECONDS}s`);
  });
});
