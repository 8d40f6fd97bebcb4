import type { Queryable } from '../database';
import type { LabelledCount, PredictedCount } from '../statistics/counts';

/** UTC days, as YYYY-MM-DD; both belong to it. */
export interface Days {
  readonly from: string;
  readonly to: string;
}

const DAY = 86_400_000;

/** The days of a window whose last day ended so many days ago or earlier. */
export function daysBefore(now: number, age: number, length: number): Days {
  const day = (ago: number): string => new Date(now - ago * DAY).toISOString().slice(0, 10);
  return { from: day(age + length), to: day(age + 1) };
}

export async function labelled(client: Queryable, model: string, days: Days): Promise<LabelledCount[]> {
  const { rows } = await client.query<LabelledCount>(
    `SELECT version, bin, decision, label, alerted, sum(count)::float8 AS count, sum(score_sum) AS "scoreSum"
     FROM quality.labelled WHERE model = $1 AND day BETWEEN $2 AND $3
     GROUP BY version, bin, decision, label, alerted HAVING sum(count) > 0`,
    [model, days.from, days.to],
  );
  return rows;
}

export async function predicted(client: Queryable, model: string, days: Days): Promise<PredictedCount[]> {
  const { rows } = await client.query<PredictedCount>(
    `SELECT version, bin, decision, sum(count)::float8 AS count, sum(score_sum) AS "scoreSum"
     FROM quality.predicted WHERE model = $1 AND day BETWEEN $2 AND $3
     GROUP BY version, bin, decision`,
    [model, days.from, days.to],
  );
  return rows;
}
