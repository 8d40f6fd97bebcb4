import type { Label, LabelOutcomeName, LabelOutcomes } from '../../../contracts/labels';
import type { Queryable } from '../database';

const INSERT = `
WITH stored AS (
  INSERT INTO quality.labels (model, prediction_id, row_number, label, source, predicted_at)
  SELECT $1, l.prediction_id, l.row_number, l.label, l.source, l.predicted_at
  FROM unnest($2::text[], $3::integer[], $4::boolean[], $5::text[], $6::timestamptz[])
    WITH ORDINALITY AS l (prediction_id, row_number, label, source, predicted_at, place)
  ORDER BY l.place
  RETURNING id, arrived_at
)
SELECT min(id)::text AS first, max(id)::text AS last,
  (extract(epoch FROM min(arrived_at)) * 1000000)::bigint::text AS microseconds
FROM stored`;

/** Ids of others may lie between, stored at another time: all labels of one statement have one time of arrival. */
const OUTCOMES = `
SELECT outcome, count(*)::int AS count FROM quality.labels
WHERE model = $1 AND id BETWEEN $2::bigint AND $3::bigint
  AND (extract(epoch FROM arrived_at) * 1000000)::bigint = $4::bigint
GROUP BY outcome ORDER BY outcome`;

/** Digits that PostgreSQL's bigint holds for certain. */
const RECEIPT = /^(\d{1,18})-(\d{1,18})-(\d{1,18})$/;

/**
 * Stores labels in their order, all or none, where the next cycle finds them.
 * @returns a receipt, by which {@link outcomesOf} finds them again
 */
export async function storeLabels(
  client: Queryable,
  model: string,
  labels: readonly Label[],
): Promise<string> {
  const { rows } = await client.query<{ first: string; last: string; microseconds: string }>(INSERT, [
    model,
    labels.map((each) => each.prediction_id),
    labels.map(({ row }) => row ?? null),
    labels.map(({ label }) => label),
    labels.map(({ source }) => source),
    labels.map((each) => each.predicted_at ?? null),
  ]);
  const [{ first, last, microseconds } = { first: '', last: '', microseconds: '' }] = rows;
  return `${first}-${last}-${microseconds}`;
}

/** What has become of the labels of a receipt; undefined where it is none, or its labels are no longer kept. */
export async function outcomesOf(
  client: Queryable,
  model: string,
  receipt: string,
): Promise<LabelOutcomes | undefined> {
  const parts = RECEIPT.exec(receipt);
  if (parts === null) return undefined;
  const { rows } = await client.query<{ outcome: LabelOutcomeName; count: number }>(OUTCOMES, [
    model,
    ...parts.slice(1),
  ]);
  if (rows.length === 0) return undefined;
  return { outcomes: Object.fromEntries(rows.map(({ outcome, count }) => [outcome, count])) };
}
