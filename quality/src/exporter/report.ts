import { QUALITY_WINDOW } from '../../../contracts/metrics';
import type { Queryable } from '../database';
import type { Measure, QualityModel } from '../models';
import { expectedQuality, qualityOf } from '../statistics/quality';
import type { Quality } from '../statistics/quality';
import { daysBefore, labelled, predicted } from './cohorts';
import type { Days } from './cohorts';

type Window = (typeof QUALITY_WINDOW)[number];

/** Quality of one version in one window. */
export interface VersionQuality extends Quality {
  readonly model: string;
  readonly version: string;
  readonly window: Window;
  /** Days of the predictions: those whose labels should all have arrived. */
  readonly days: Days;
  /** From scores alone, of the newest days. */
  readonly expected: Partial<Record<Measure, number>>;
}

export interface LabelOutcome {
  readonly model: string;
  readonly source: string;
  readonly outcome: string;
  readonly count: number;
}

export interface DelayBucket {
  readonly model: string;
  /** Position among the edges, from 0. */
  readonly bucket: number;
  readonly count: number;
  readonly secondsSum: number;
}

/** Everything that is exported, as of one moment. */
export interface Report {
  readonly quality: readonly VersionQuality[];
  readonly outcomes: readonly LabelOutcome[];
  readonly delays: readonly DelayBucket[];
  /** Seconds since 1970 by model. */
  readonly newestLabels: readonly { readonly model: string; readonly at: number }[];
  /** Labels that still look for their prediction. */
  readonly waiting: number;
}

/** Labels beyond which the service takes no more: a minute's joining and a day's unknown ids are far below. */
export const MOST_WAITING = 500_000;

/** Reads the compact tables only: the cost does not grow with the log. */
export async function readReport(
  client: Queryable,
  models: readonly QualityModel[],
  now: number,
): Promise<Report> {
  const quality: VersionQuality[] = [];
  for (const model of models)
    for (const window of QUALITY_WINDOW) quality.push(...(await versionsOf(client, model, window, now)));
  const outcomes = await client.query<LabelOutcome>(
    'SELECT model, source, outcome, count::float8 AS count FROM quality.outcomes ORDER BY 1, 2, 3',
  );
  const delays = await client.query<DelayBucket>(
    'SELECT model, bucket, count::float8 AS count, seconds_sum AS "secondsSum" FROM quality.delays ORDER BY 1, 2',
  );
  const newest = await client.query<{ model: string; at: number }>(
    'SELECT model, extract(epoch FROM arrived_at)::float8 AS at FROM quality.newest_labels ORDER BY 1',
  );
  const waiting = await client.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM
       (SELECT FROM quality.labels WHERE next_attempt IS NOT NULL LIMIT ${MOST_WAITING}) AS waiting`,
  );
  return {
    quality,
    outcomes: outcomes.rows,
    delays: delays.rows,
    newestLabels: newest.rows,
    waiting: waiting.rows[0]?.count ?? 0,
  };
}

async function versionsOf(
  client: Queryable,
  model: QualityModel,
  window: Window,
  now: number,
): Promise<VersionQuality[]> {
  const length = Number.parseInt(window, 10);
  const days = daysBefore(now, model.labelDays, length);
  const mature = await labelled(client, model.name, days);
  const all = await predicted(client, model.name, days);
  const newest = await predicted(client, model.name, daysBefore(now, 0, length));
  const versions = [...new Set([...all, ...newest, ...mature].map(({ version }) => version))].toSorted();
  return versions.map((version) => {
    const ofVersion = <Row extends { version: string }>(rows: readonly Row[]): Row[] =>
      rows.filter((row) => row.version === version);
    const predictions = ofVersion(all).reduce((sum, { bin, count }) => (bin < 0 ? sum : sum + count), 0);
    return {
      model: model.name,
      version,
      window,
      days,
      ...qualityOf(ofVersion(mature), predictions),
      expected: expectedQuality(ofVersion(newest)),
    };
  });
}
