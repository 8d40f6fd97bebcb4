import { MODEL_SERVER_METRIC, SCRAPE_JOB } from '../../../contracts/metrics';
import { NAMESPACE } from '../../../contracts/namespaces';
import type { CountedSeries, CountedVersion } from './counts';
import { END, HOUR, livesOf, MODEL, podsOf, type Life, type Release } from './plan';
import { half, type Random } from './random';
import { BIN_STEP, constant, LONG_STEP, type Series } from './series';

const SLOTS = [0, 1] as const;
const SCORE = 'score';

/** Counters of bins and gauges of the reference, of both pods of a version. */
export function modelSeries(counted: CountedVersion, release: Release, random: Random): readonly Series[] {
  const version = { model: MODEL, version: release.version };
  const slots = SLOTS.map((slot) =>
    podsOf(`${MODEL}-v${release.version}`, NAMESPACE.serving, slot, release).flatMap(livesOf),
  );
  const bins = counted.series.flatMap((series) => binSeries(series, release, version, slots, random));
  const amount = counted.series[0]?.hourly.map((row) => row.reduce((sum, rows) => sum + rows, 0)) ?? [];
  const halves = split(amount, random);
  const rows = halves.flatMap((hourly, slot) =>
    counters(
      MODEL_SERVER_METRIC.observedRows.name,
      version,
      cumulated(hourly, release, slot),
      slots[slot] ?? [],
      slot,
    ),
  );
  return [...bins, ...rows, ...healthy(version, slots), ...references(counted, release, version)];
}

type Labels = Readonly<Record<string, string>>;

function binSeries(
  { name, hourly }: CountedSeries,
  release: Release,
  version: Labels,
  slots: readonly (readonly Life[])[],
  random: Random,
): readonly Series[] {
  const metric = (name === SCORE ? MODEL_SERVER_METRIC.scoreBin : MODEL_SERVER_METRIC.featureBin).name;
  const width = hourly[0]?.length ?? 0;
  return Array.from({ length: width }, (_, bin) => {
    const counts = hourly.map((row) => row[bin] ?? 0);
    const labels = { ...version, ...(name === SCORE ? {} : { feature: name }), bin: String(bin) };
    return split(counts, random).flatMap((part, slot) =>
      counters(metric, labels, cumulated(part, release, bin + slot), slots[slot] ?? [], slot),
    );
  }).flat();
}

/** Rows of the two pods: the Service picks one by chance. */
function split(counts: readonly number[], random: Random): readonly [number[], number[]] {
  const first = counts.map((count) => half(count, random));
  return [first, counts.map((count, hour) => count - (first[hour] ?? 0))];
}

/** Rows since the deployment, while the version takes traffic; within an hour evenly, and whole. */
function cumulated(
  hourly: readonly number[],
  { countedFrom, deployed, replaced }: Release,
  shift: number,
): (at: number) => number {
  const sums = new Float64Array(hourly.length + 1);
  hourly.forEach((count, hour) => {
    const at = countedFrom + hour * HOUR;
    sums[hour + 1] = (sums[hour] ?? 0) + (at >= deployed && at < replaced ? count : 0);
  });
  return (at) => {
    const hours = Math.min(hourly.length, Math.max(0, (at - countedFrom) / HOUR));
    const hour = Math.floor(hours);
    const base = sums[hour] ?? 0;
    const more = (sums[hour + 1] ?? base) - base;
    // Bins with few rows would else all count at the end of the hour.
    const phase = ((hour * 7 + shift * 3) % 10) / 10;
    return base + Math.floor(more * (hours - hour) + phase);
  };
}

function counters(
  name: string,
  labels: Labels,
  sum: (at: number) => number,
  lives: readonly Life[],
  slot: number,
): readonly Series[] {
  return lives.map(({ pod, from, to }) => {
    const before = sum(from);
    return {
      name,
      labels: { ...labels, ...target(pod) },
      step: BIN_STEP,
      offset: offsetOf(slot),
      from,
      to,
      value: (at) => Math.max(0, sum(at) - before),
    };
  });
}

/** What a pod exports of a log that works: one write failed in each life, while PostgreSQL restarted. */
function healthy(version: Labels, slots: readonly (readonly Life[])[]): readonly Series[] {
  return slots.flatMap((lives, slot) =>
    lives.flatMap(({ pod, from, to }) => {
      const of = (name: string, value: (at: number) => number): Series => ({
        name,
        labels: { ...version, ...target(pod) },
        step: LONG_STEP,
        offset: offsetOf(slot),
        from,
        to,
        value,
      });
      const middle = (from + Math.min(to, END)) / 2;
      return [
        of(MODEL_SERVER_METRIC.predictionsDropped.name, constant(0)),
        of(MODEL_SERVER_METRIC.predictionWritesFailed.name, (at) => (at < middle ? 0 : 1)),
      ];
    }),
  );
}

/** Gauges of the version. Both pods export the same; rules take the greatest, so that one of them is enough here. */
function references(counted: CountedVersion, release: Release, version: Labels): readonly Series[] {
  const gauge = (name: string, labels: Labels, value: number): Series => ({
    name,
    labels: { ...version, ...labels, ...target(`${MODEL}-v${release.version}-0-a`) },
    step: BIN_STEP,
    offset: offsetOf(0),
    from: release.deployed,
    to: Math.min(release.removed, END),
    value: constant(value),
  });
  const {
    featureReferenceShare,
    scoreReferenceShare,
    featureNoiseFactor,
    scoreNoiseFactor,
    referenceRows,
    dataEnd,
  } = MODEL_SERVER_METRIC;
  return [
    gauge(referenceRows.name, {}, counted.reference_rows),
    gauge(dataEnd.name, {}, release.dataEnd),
    ...counted.series.flatMap(({ name, shares, noise }) => {
      const isScore = name === SCORE;
      const feature = isScore ? {} : { feature: name };
      return [
        gauge((isScore ? scoreNoiseFactor : featureNoiseFactor).name, feature, noise),
        ...shares.map((share, bin) =>
          gauge(
            (isScore ? scoreReferenceShare : featureReferenceShare).name,
            { ...feature, bin: String(bin) },
            share,
          ),
        ),
      ];
    }),
  ];
}

function target(pod: string): Labels {
  return { job: SCRAPE_JOB.modelServer, namespace: NAMESPACE.serving, pod, instance: pod };
}

function offsetOf(slot: number): number {
  return 7 + 24 * slot;
}
