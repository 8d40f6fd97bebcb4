import type { LabelledRow, LogQuestion, PredictionLog } from '../../../rollout/replay/ports';
import type { Queryable } from '../prediction-log';

/** Days of the log that are looked at, before those whose labels may still come. */
const DAYS = 28;

const LABELLED = `
SELECT f.features, j.label, j.decision
FROM (
  SELECT prediction_id, row_number, day, label, decision FROM quality.joined
  WHERE model = $1 AND version = $2 AND label = $3
    AND day < (now() AT TIME ZONE 'UTC')::date - $4::integer
    AND day >= (now() AT TIME ZONE 'UTC')::date - $4::integer - ${String(DAYS)}
  ORDER BY day DESC, prediction_id, row_number LIMIT $5
) j
CROSS JOIN LATERAL (
  SELECT p.features FROM prediction_log.named_predictions p
  WHERE p.prediction_id = j.prediction_id AND p.row_number = j.row_number AND p.model = $1 AND p.version = $2
    AND p.at >= j.day::timestamp AT TIME ZONE 'UTC' AND p.at < (j.day + 1)::timestamp AT TIME ZONE 'UTC'
  ORDER BY p.at DESC LIMIT 1
) f`;

/**
 * Rows that a version decided on, on days that ended `labelDays` ago: then a missing label is not only a late one.
 * Newest days first.
 */
export async function labelledRows(
  client: Queryable,
  { model, champion, label, most }: LogQuestion,
  labelDays: number,
): Promise<readonly LabelledRow[]> {
  const { rows } = await client.query(LABELLED, [model, champion, label, labelDays, most]);
  return rows as LabelledRow[];
}

const NEWEST = `
SELECT features FROM prediction_log.named_predictions
WHERE model = $1 AND at >= now() - interval '7 days' ORDER BY at DESC LIMIT $2`;

/** Features of the newest predictions of the last week. */
export async function newestRows(
  client: Queryable,
  model: string,
  most: number,
): ReturnType<PredictionLog['newest']> {
  const { rows } = await client.query(NEWEST, [model, most]);
  return (rows as Pick<LabelledRow, 'features'>[]).map(({ features }) => features);
}
