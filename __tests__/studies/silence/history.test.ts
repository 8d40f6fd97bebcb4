import { afterAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ruleGroups } from '../../../monitoring/rules/index';
import { metricNames } from '../../../monitoring/queries/metric-names';
import { historyOf } from '../../../studies/silence/history/index';
import type { CountedVersion } from '../../../studies/silence/history/counts';
import {
  DAY,
  END,
  FIRST,
  HOUR,
  isScraped,
  podsOf,
  REFERENCES,
  releases,
} from '../../../studies/silence/history/plan';
import { writeOpenMetrics, type Series } from '../../../studies/silence/history/series';
import { isRecording } from '../../../studies/silence/layers';

const ROWS_PER_BIN = 20;
const counted: readonly CountedVersion[] = REFERENCES.map((reference) => {
  const hours = (END - FIRST) / HOUR - (reference + 7) * 24;
  const hourly = Array.from({ length: hours }, () => [ROWS_PER_BIN, ROWS_PER_BIN]);
  const series = (name: string) => ({ name, shares: [0.5, 0.5], noise: 1, hourly });
  return {
    reference,
    reference_rows: 7 * 24 * 2 * ROWS_PER_BIN,
    series: [series('amount'), series('score')],
    // Of each day: 40 found frauds, 40 missed ones, 800 good rows.
    scores: Array.from({ length: hours / 24 }, (_, index) => reference + 7 + index).flatMap((day) => [
      [day, 900, 1, 1, 40, 36] as const,
      [day, 100, 0, 1, 40, 4] as const,
      [day, 50, 0, 0, 800, 40] as const,
    ]),
  };
});
const history = historyOf(END - 40 * DAY, counted);
const named = (name: string) => history.series.filter((each) => each.name === name);

describe('the history of a healthy platform', () => {
  test('has every metric that a rule reads', () => {
    const rules = ruleGroups().flatMap((group) => group.rules);
    const recorded = new Set(rules.filter(isRecording).map(({ record }) => record));
    const read = new Set(rules.flatMap(({ expr }) => [...metricNames(expr)]));
    const there = new Set(history.series.map(({ name }) => name));
    expect([...read].filter((name) => !recorded.has(name) && !there.has(name))).toEqual([]);
  });

  test('has no series twice at any moment', () => {
    const seen = new Map<string, Series[]>();
    for (const each of history.series) {
      const key = JSON.stringify([each.name, each.labels]);
      seen.set(key, [...(seen.get(key) ?? []), each]);
    }
    const overlapping = [...seen.values()].filter((lives) =>
      lives.toSorted((a, b) => a.from - b.from).some((life, at, all) => life.from < (all[at - 1]?.to ?? 0)),
    );
    expect(overlapping).toEqual([]);
  });

  test('counts every row in one pod of the version with traffic, and none in a standby', () => {
    const [standby, serving] = releases.slice(-2);
    const day = 3 * DAY;
    const rowsOf = (version: string | undefined, from: number) =>
      named('model_server_feature_bin_total')
        .filter(({ labels }) => labels.version === version && labels.bin === '0')
        .filter((each) => each.from <= from && each.to > from + day)
        .reduce((sum, { value }) => sum + value(from + day) - value(from), 0);
    const from = (serving?.deployed ?? 0) + 4 * DAY;
    expect(rowsOf(serving?.version, from)).toBe(3 * 24 * ROWS_PER_BIN);
    expect(rowsOf(standby?.version, from)).toBe(0);
  });

  test('counters start at 0 with each process and never fall', () => {
    const wrong = history.series
      .filter(({ name }) => name.endsWith('_total') && name.startsWith('model_server'))
      .filter(({ value, from, to }) => {
        const values = Array.from({ length: 200 }, (_, at) => value(from + ((to - from) * at) / 200));
        return values[0] !== 0 || values.some((each, at) => each < (values[at - 1] ?? 0));
      });
    expect(wrong).toEqual([]);
  });

  test('0.01 to 0.06 % of the requests fail, and during a fault the given share', () => {
    const share = ({ series }: typeof history, from: number, to: number) => {
      const sum = (wanted: (labels: Series['labels']) => boolean) =>
        series
          .filter(({ name, labels }) => name === 'gateway_requests_total' && wanted(labels))
          .reduce((all, each) => {
            const [start, end] = [Math.max(from, each.from), Math.min(to, each.to)];
            return end > start ? all + each.value(end) - each.value(start) : all;
          }, 0);
      return sum(({ status }) => status === '5xx') / sum(() => true);
    };
    const healthy = share(history, history.from, END - 1);
    expect(healthy).toBeGreaterThan(0.0001);
    expect(healthy).toBeLessThan(0.0006);
    const [from, to] = [END - 2 * DAY, END - 2 * DAY + 3 * HOUR];
    // About 120 requests.
    const faulty = share(historyOf(END - 3 * DAY, counted, { from, to, share: 0.5 }), from, to);
    expect(faulty).toBeGreaterThan(0.35);
    expect(faulty).toBeLessThan(0.65);
  });

  test('shows the quality that the labels say, a week late', () => {
    const recall = named('model_quality_estimate').find(
      ({ labels }) => labels.metric === 'recall' && labels.window === '7d' && labels.version === '3',
    );
    const deployed = releases[2]?.deployed ?? 0;
    expect(recall?.value(deployed + 20 * DAY)).toBe(0.5);
    // The eighth day after the deployment shows the first whole day.
    expect(recall?.value(deployed + 7 * DAY)).toBeNaN();
    expect(recall?.value(deployed + 8 * DAY)).toBe(0.5);
  });
});

test('the pods of a place follow one another without a gap', () => {
  const pods = podsOf('fraud-v1', 'mlops-serving', 0, { deployed: FIRST, removed: FIRST + 40 * DAY });
  expect(pods.map(({ from, to }) => [from - FIRST, to - FIRST])).toEqual([
    [0, 14 * DAY],
    [14 * DAY, 28 * DAY],
    [28 * DAY, 40 * DAY],
  ]);
  expect(new Set(pods.map(({ name }) => name)).size).toBe(3);
});

describe('OpenMetrics text', () => {
  const folder = mkdtempSync(join(tmpdir(), 'silence-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const series: Series = {
    name: 'up',
    labels: { job: 'a"b' },
    step: 60,
    offset: 10,
    from: 100,
    to: 400,
    value: (at) => (at === 250 ? NaN : 1),
  };
  const written = (from: number, to: number, scraped = (at: number) => at > 0) => {
    const file = join(folder, 'text');
    const samples = writeOpenMetrics(file, [series], from, to, scraped);
    return { samples, lines: readFileSync(file, 'utf8').split('\n') };
  };

  test("has the chunk's samples, at the target's offset, and an end marker", () => {
    expect(written(0, 200)).toEqual({
      samples: 2,
      lines: ['up{job="a\\"b"} 1 130', 'up{job="a\\"b"} 1 190', '# EOF', ''],
    });
  });

  test('consecutive chunks have every sample once', () => {
    const times = [0, 190, 250, 370]
      .flatMap((from, at, all) => written(from, all[at + 1] ?? 1_000).lines)
      .flatMap((line) => (line.startsWith('up') ? [Number(line.split(' ').at(-1))] : []));
    expect(times).toEqual([130, 190, 310, 370]);
  });

  test('lacks what was not scraped', () => {
    expect(written(0, 1_000, (at) => at > 300).samples).toBe(2);
  });

  test('Prometheus is away for three minutes a month', () => {
    const away = Array.from({ length: 60 * 24 * 90 }, (_, minute) => FIRST + minute * 60).filter(
      (at) => !isScraped(at),
    );
    expect(away.length).toBe(9);
  });
});
