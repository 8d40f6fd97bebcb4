import type { Label } from '../../../contracts/labels';
import type { Queryable } from '../database';

const INSERT = `
INSERT INTO quality.labels (model, prediction_id, row_number, label, source, predicted_at)
SELECT $1, l.prediction_id, l.row_number, l.label, l.source, l.predicted_at
FROM unnest($2::text[], $3::integer[], $4::boolean[], $5::text[], $6::timestamptz[])
  WITH ORDINALITY AS l (prediction_id, row_number, label, source, predicted_at, place)
ORDER BY l.place`;

/** Stores labels in their order, all or none, where the next cycle finds them. */
export async function storeLabels(client: Queryable, model: string, labels: readonly Label[]): Promise<void> {
  await client.query(INSERT, [
    model,
    labels.map((each) => each.prediction_id),
    labels.map(({ row }) => row ?? null),
    labels.map(({ label }) => label),
    labels.map(({ source }) => source),
    labels.map((each) => each.predicted_at ?? null),
  ]);
}
