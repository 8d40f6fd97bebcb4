import { describe, expect, it } from '@jest/globals';
import {
  prometheusEvidence,
  type MetricSource,
  type Series,
} from '../../../rollout/canary/prometheus-evidence';

const SINCE = 1_000_000;
const NOW = SINCE + 100;
const question = { model: 'fraud', candidate: '2', champion: '1', since: new Date(SINCE * 1000) };

type Samples = Record<string, readonly Series[]>;

/** Prometheus with these series, by the beginning of the expression. */
function source(samples: Samples, now = NOW): MetricSource {
  const of = (expression: string) =>
    Object.entries(samples).find(([name]) => expression.includes(name))?.[1] ?? [];
  return {
    query: (expression) =>
      Promise.resolve(
        expression === 'vector(time())'
          ? [{ labels: {}, value: now }]
          : of(expression).map(({ labels, samples }) => ({ labels, value: samples.at(-1)?.[1] ?? NaN })),
      ),
    range: (expression) => Promise.resolve(of(expression)),
  };
}

/** A counter of one pod, scraped every 15 s from 5 s before the weights were in force until now. */
const counter = (labels: Record<string, string>, ...values: number[]): Series => ({
  labels,
  samples: values.map((value, index) => [SINCE - 5 + 15 * index, value]),
});
const [one, two] = [{ version: '1' }, { version: '2' }];
const steady = { pod: 'a' };

const GATEWAY: Samples = {
  _failed_before_retry: [
    counter({ ...two, ...steady }, 0, 1, 2, 2, 4, 4, 9, 99),
    counter({ ...one, ...steady }, 5, 5, 5, 5, 5, 5, 5, 5),
  ],
  _duration_seconds_count: [
    counter({ ...two, ...steady }, 0, 10, 20, 30, 40, 50, 60, 999),
    // This pod was restarted.
    counter({ ...two, pod: 'b' }, 500, 510, 520, 4, 14, 24, 34, 999),
    counter({ ...one, ...steady }, 0, 100, 200, 300, 400, 500, 600, 999),
  ],
  _duration_seconds_bucket: [
    counter({ ...two, ...steady }, 0, 9, 18, 27, 36, 45, 54, 999),
    counter({ ...two, pod: 'b' }, 500, 510, 520, 4, 14, 24, 34, 999),
    counter({ ...one, ...steady }, 0, 100, 200, 300, 400, 500, 600, 999),
  ],
};

describe('evidence from Prometheus', () => {
  it('is what counters grew by since the weights are in force, without the newest interval', async () => {
    const reading = await prometheusEvidence(source(GATEWAY)).read(question);
    // From the scrape after 10 s to the one after 85 s: five intervals.
    expect(reading).toEqual({
      kind: 'evidence',
      at: new Date(NOW * 1000),
      newest: new Date((SINCE + 85) * 1000),
      live: {
        errors: { candidate: { requests: 94, events: 8 }, champion: { requests: 500, events: 0 } },
        slow: { candidate: { requests: 94, events: 5 }, champion: { requests: 500, events: 0 } },
      },
    });
  });

  it('has scores by bin, and those that fall into none', async () => {
    const bins = (labels: Record<string, string>, low: number, high: number) => [
      counter({ ...labels, bin: '0.5' }, 0, 0, low),
      counter({ ...labels, bin: '+Inf' }, 0, 0, high),
    ];
    const reading = await prometheusEvidence(
      source({
        ...GATEWAY,
        score_bin_total: [...bins(two, 50, 0), ...bins(one, 70, 30)],
        observed_rows: [counter(two, 0, 0, 53), counter(one, 0, 0, 100)],
        score_bin_reference_share: [...bins(two, 0.6, 0.4), ...bins(one, 0.7, 0.3)],
      }),
    ).read(question);
    expect(reading).toMatchObject({
      scores: {
        candidate: { bins: [50, 0], unplaced: 3, reference: [0.6, 0.4] },
        champion: { bins: [70, 30], unplaced: 0, reference: [0.7, 0.3] },
      },
    });
  });

  it('has requests that were decided, where both versions count them', async () => {
    const decided = (labels: Record<string, string>, positive: number[], negative: number[]) => [
      counter({ ...labels, ...steady, decision: 'positive' }, ...positive),
      counter({ ...labels, ...steady, decision: 'negative' }, ...negative),
    ];
    const mine = decided(two, [0, 0, 4, 4], [0, 9, 18, 27]);
    // Of this one a single scrape lies between: nothing is known of it.
    const champions = decided(one, [1, 2], [5, 90]);
    const read = (series: readonly Series[]) =>
      prometheusEvidence(source({ ...GATEWAY, decided_requests: series })).read(question);
    expect(await read([...mine, ...champions])).toMatchObject({
      decisions: { candidate: { requests: 22, events: 4 }, champion: { requests: 0, events: 0 } },
    });
    expect(await read(mine)).not.toHaveProperty('decisions');
  });

  it.each<[string, MetricSource, string, string]>([
    ['nothing was scraped', source({}), 'no-data', 'version 2'],
    [
      'one version is not counted',
      source({ _duration_seconds_count: [counter(two, 0, 1, 2, 3, 4)] }),
      'no-data',
      'version 1',
    ],
    ['the weights are new', source(GATEWAY, SINCE + 9), 'no-data', 'less than two scrapes'],
    [
      'nothing answers',
      { ...source({}), query: () => Promise.reject(new Error('connect ECONNREFUSED')) },
      'no-answer',
      'ECONNREFUSED',
    ],
  ])('is none when %s', async (_, prometheus, reason, why) => {
    const reading = await prometheusEvidence(prometheus).read(question);
    expect(reading).toMatchObject({ kind: 'none', reason, why: expect.stringContaining(why) });
  });
});
