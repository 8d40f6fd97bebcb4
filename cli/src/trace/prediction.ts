import { withPredictionLog, type Queryable } from '../prediction-log';
import type { Session } from '../session';

/** A row of the prediction log. */
export interface Prediction {
  readonly predictionId: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly model: string;
  readonly version: string;
  readonly score: number | null;
  readonly threshold: number;
  readonly decision: boolean | null;
  readonly features: Readonly<Record<string, unknown>> | null;
}

const FIND = `
SELECT prediction_id AS "predictionId", at, model, version, score, threshold, decision, features
FROM prediction_log.named_predictions
WHERE prediction_id = ANY ($1)
ORDER BY at DESC, prediction_id, row_number LIMIT 1`;

/** The newest row with the id: as the caller was told it, or the first row of the batch with that request id. */
export async function findPrediction(client: Queryable, id: string): Promise<Prediction | undefined> {
  const { rows } = await client.query(FIND, [[id, `${id}/0`]]);
  const [row] = rows as (Omit<Prediction, 'at'> & { at: Date })[];
  return row === undefined ? undefined : { ...row, at: row.at.toISOString() };
}

/**
 * Reads the prediction log through a forwarded port, with the role that may read it and nothing else.
 * @throws UserError unavailable
 */
export function readPrediction(session: Session, id: string): Promise<Prediction | undefined> {
  return withPredictionLog(session, (client) => findPrediction(client, id));
}
