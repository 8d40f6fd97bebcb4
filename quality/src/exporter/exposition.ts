import { Registry } from 'prom-client';
import type { Metric } from 'prom-client';

import { QUALITY_METRIC } from '../../../contracts/metrics';
import type { MetricContract } from '../../../contracts/metrics';
import type { QualityModel } from '../models';
import { DELAY_EDGES } from '../schema/migrations';
import type { DelayBucket, LabelOutcome, Report } from './report';

interface Sample {
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly metricName?: string;
}

type MetricName = keyof typeof QUALITY_METRIC;
type Samples = Readonly<Record<MetricName, readonly Sample[]>>;

/** Sources of labels that get a series of their own, per model; the rest are counted together. */
const MOST_SOURCES = 20;
const OTHER_SOURCES = 'other';

/** What the last cycles left to show. */
export interface Shown {
  /** undefined before the first cycle that succeeded: then there is nothing to show, rather than zeros. */
  readonly report: Report | undefined;
  readonly cycleSeconds: number | undefined;
  /** Seconds since 1970. */
  readonly lastSuccess: number | undefined;
}

/** Shows every metric of the contract, as the last cycle found it. */
export function exposeQuality(registry: Registry, models: readonly QualityModel[], shown: () => Shown): void {
  for (const key of Object.keys(QUALITY_METRIC) as MetricName[]) {
    const { name, help, type }: MetricContract = QUALITY_METRIC[key];
    const get = () => {
      const values = samplesOf(models, shown())[key];
      return Promise.resolve({ name, help, type, aggregator: 'sum', values });
    };
    // What a registry asks of a metric; the declared type is the union of prom-client's own classes.
    registry.registerMetric({ name, help, type, get, getForPromString: get } as unknown as Metric);
  }
}

function samplesOf(models: readonly QualityModel[], { report, cycleSeconds, lastSuccess }: Shown): Samples {
  const quality = (report?.quality ?? []).map((each) => ({
    ...each,
    labels: { model: each.model, version: each.version, window: each.window },
  }));
  const measured = quality.flatMap(({ labels, measures }) =>
    Object.entries(measures).flatMap(([metric, finding]) =>
      finding.state === 'measured' ? [{ ...finding, labels: { ...labels, metric } }] : [],
    ),
  );
  const versions = new Map(quality.map(({ model, version }) => [`${model} ${version}`, { model, version }]));
  const gauge = (value: number | undefined): Sample[] => (value === undefined ? [] : [{ value, labels: {} }]);
  return {
    estimate: measured,
    lower: measured.flatMap(({ labels, interval }) =>
      interval === undefined ? [] : [{ labels, value: interval.lower }],
    ),
    upper: measured.flatMap(({ labels, interval }) =>
      interval === undefined ? [] : [{ labels, value: interval.upper }],
    ),
    gate: models.flatMap(({ name, gates }) =>
      [...versions.values()]
        .filter(({ model }) => model === name)
        .flatMap((version) =>
          Object.entries(gates).map(([metric, value]) => ({ labels: { ...version, metric }, value })),
        ),
    ),
    predictions: quality.map(({ labels, predictions }) => ({ labels, value: predictions })),
    labelled: quality.map(({ labels, labelled }) => ({ labels, value: labelled })),
    positives: quality.map(({ labels, positives }) => ({ labels, value: positives })),
    expected: quality.flatMap(({ labels, expected }) =>
      Object.entries(expected).map(([metric, value]) => ({ labels: { ...labels, metric }, value })),
    ),
    calibrationScore: quality.flatMap(({ labels, calibration }) =>
      calibration.map(({ bin, score }) => ({ labels: { ...labels, bin }, value: score })),
    ),
    calibrationRate: quality.flatMap(({ labels, calibration }) =>
      calibration.map(({ bin, rate }) => ({ labels: { ...labels, bin }, value: rate })),
    ),
    labels: outcomeSamples(report?.outcomes ?? []),
    newestLabel: (report?.newestLabels ?? []).map(({ model, at }) => ({ labels: { model }, value: at })),
    labelDelay: delaySamples(report?.delays ?? []),
    labelHorizon: models.map(({ name, labelDays }) => ({
      labels: { model: name },
      value: labelDays * 86_400,
    })),
    cycleDuration: gauge(cycleSeconds),
    lastSuccess: gauge(lastSuccess),
  };
}

function outcomeSamples(outcomes: readonly LabelOutcome[]): Sample[] {
  const sources = new Map<string, Set<string>>();
  for (const { model, source } of outcomes) {
    const known = sources.get(model) ?? new Set();
    if (known.size < MOST_SOURCES) known.add(source);
    sources.set(model, known);
  }
  const shownAs = (model: string, source: string): string =>
    sources.get(model)?.has(source) === true ? source : OTHER_SOURCES;
  const sums = new Map<string, { labels: Sample['labels']; value: number }>();
  for (const { model, source, outcome, count } of outcomes) {
    const labels = { model, source: shownAs(model, source), outcome };
    const key = Object.values(labels).join(' ');
    sums.set(key, { labels, value: count + (sums.get(key)?.value ?? 0) });
  }
  return [...sums.values()];
}

function delaySamples(delays: readonly DelayBucket[]): Sample[] {
  const { name } = QUALITY_METRIC.labelDelay;
  return [...new Set(delays.map(({ model }) => model))].flatMap((model) => {
    const rows = delays.filter((row) => row.model === model);
    const upTo = (bucket: number): number =>
      rows.reduce((sum, row) => (row.bucket <= bucket ? sum + row.count : sum), 0);
    const buckets = [...DELAY_EDGES.map(String), '+Inf'].map((le, bucket) => ({
      metricName: `${name}_bucket`,
      labels: { model, le },
      value: upTo(bucket),
    }));
    const seconds = rows.reduce((sum, { secondsSum }) => sum + secondsSum, 0);
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels: { model }, value: seconds },
      { metricName: `${name}_count`, labels: { model }, value: upTo(DELAY_EDGES.length) },
    ];
  });
}
