import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { QUALITY_MEASURE, QUALITY_METRIC, QUALITY_WINDOW, SCRAPE_JOB } from '../../../contracts/metrics';
import { NAMESPACE } from '../../../contracts/namespaces';
import { ROOT } from '../../../contracts/repository';
import { qualityOf, type Quality } from '../../../quality/src/statistics/quality';
import type { LabelledCount } from '../../../quality/src/statistics/counts';
import type { CountedVersion, ScoreRow } from './counts';
import { DAY, END, FIRST, HOUR, MODEL, type Release } from './plan';
import { constant, LONG_STEP, type Series } from './series';

const LABEL_DAYS = 7;
const EXPORTER = {
  job: SCRAPE_JOB.quality,
  namespace: NAMESPACE.registry,
  pod: 'quality-0',
  instance: 'quality-0',
};

/** What the quality exporter shows: it counts whole days, and labels come a week late. */
export function qualitySeries(
  from: number,
  counted: readonly CountedVersion[],
  releases: readonly Release[],
): readonly Series[] {
  const perVersion = counted.flatMap((version, index) => {
    const release = releases[index];
    return release === undefined ? [] : versionSeries(from, version, release);
  });
  const firstLabel = from + LABEL_DAYS * DAY;
  const model = { model: MODEL };
  return [
    ...perVersion,
    of(QUALITY_METRIC.labelHorizon.name, model, from, END, constant(LABEL_DAYS * DAY)),
    // The fraud desk delivers every hour.
    of(QUALITY_METRIC.newestLabel.name, model, firstLabel, END, (at) => Math.floor(at / HOUR) * HOUR),
    of(QUALITY_METRIC.lastSuccess.name, {}, from, END, (at) => Math.floor(at / 60) * 60),
  ];
}

function versionSeries(from: number, counted: CountedVersion, release: Release): readonly Series[] {
  const labels = { model: MODEL, version: release.version };
  const served = daily(counted.scores, release);
  const gates = gatesOf().map(([metric, least]) =>
    of(
      QUALITY_METRIC.gate.name,
      { ...labels, metric },
      Math.max(from, release.deployed),
      release.removed,
      constant(least),
    ),
  );
  return [
    ...gates,
    ...QUALITY_WINDOW.flatMap((window) => {
      const found = windows(served, release.version, Number.parseInt(window, 10));
      const series = (name: string, more: Readonly<Record<string, string>>, value: (of: Quality) => number) =>
        of(name, { ...labels, window, ...more }, Math.max(from, release.deployed), END, (at) => {
          const quality = found.get(Math.floor((at - FIRST) / DAY));
          return quality === undefined ? NaN : value(quality);
        });
      const measured = (
        name: string,
        metric: (typeof QUALITY_MEASURE)[number],
        part: 'value' | 'lower' | 'upper',
      ) =>
        series(name, { metric }, ({ measures }) => {
          const finding = measures[metric];
          if (finding.state !== 'measured') return NaN;
          return (part === 'value' ? finding.value : finding.interval?.[part]) ?? NaN;
        });
      return [
        series(QUALITY_METRIC.predictions.name, {}, ({ predictions }) => predictions),
        series(QUALITY_METRIC.labelled.name, {}, ({ labelled }) => labelled),
        series(QUALITY_METRIC.positives.name, {}, ({ positives }) => positives),
        ...QUALITY_MEASURE.flatMap((metric) => [
          measured(QUALITY_METRIC.estimate.name, metric, 'value'),
          measured(QUALITY_METRIC.lower.name, metric, 'lower'),
          measured(QUALITY_METRIC.upper.name, metric, 'upper'),
        ]),
      ];
    }),
  ];
}

/** Rows by day, of the days on which the version took traffic; the day of a deployment goes to the new one. */
function daily(
  rows: readonly ScoreRow[],
  { deployed, replaced }: Release,
): ReadonlyMap<number, readonly ScoreRow[]> {
  const first = Math.floor((deployed - FIRST) / DAY);
  const last = Math.floor((replaced - FIRST) / DAY);
  const byDay = new Map<number, ScoreRow[]>();
  for (const row of rows) {
    const [day] = row;
    if (day < first || day >= last) continue;
    const known = byDay.get(day);
    if (known === undefined) byDay.set(day, [row]);
    else known.push(row);
  }
  return byDay;
}

/** Quality as of each day of the history whose window holds rows. */
function windows(
  served: ReadonlyMap<number, readonly ScoreRow[]>,
  version: string,
  length: number,
): ReadonlyMap<number, Quality> {
  const found = new Map<number, Quality>();
  for (let today = 0; today * DAY < END - FIRST; today += 1) {
    const newest = today - LABEL_DAYS - 1;
    const rows = Array.from({ length }, (_, ago) => served.get(newest - ago) ?? []).flat();
    if (rows.length === 0) continue;
    const counts = rows.map(([, bin, decision, label, count, scoreSum]): LabelledCount => ({
      version,
      bin,
      decision: decision === 1,
      label: label === 1,
      alerted: decision === 1,
      count,
      scoreSum,
    }));
    found.set(
      today,
      qualityOf(
        counts,
        counts.reduce((sum, { count }) => sum + count, 0),
      ),
    );
  }
  return found;
}

/** Gates of measures that the exporter knows. */
function gatesOf(): readonly (readonly [string, number])[] {
  const { gates } = parse(readFileSync(join(ROOT, 'models/fraud/model.yaml'), 'utf8')) as {
    gates: Record<string, number>;
  };
  return Object.entries(gates).filter(([name]) => (QUALITY_MEASURE as readonly string[]).includes(name));
}

function of(
  name: string,
  labels: Readonly<Record<string, string>>,
  from: number,
  to: number,
  value: Series['value'],
): Series {
  return {
    name,
    labels: { ...labels, ...EXPORTER },
    step: LONG_STEP,
    offset: 43,
    from,
    to: Math.min(to, END),
    value,
  };
}
