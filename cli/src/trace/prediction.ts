import pg from 'pg';
import { NAMESPACE } from '../../../contracts/namespaces';
import { SECRET } from '../../../contracts/objects';
import { SERVICE } from '../../../contracts/services';
import { forward } from '../cluster/endpoint';
import { orUndefined, reasonOf } from '../cluster/kubernetes';
import { errors } from '../errors';
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

/** What node-postgres and its substitutes in tests have in common. */
export interface Queryable {
  query(sql: string, values: unknown[]): Promise<{ rows: unknown[] }>;
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

const CONNECT_MS = 10_000;

/**
 * Reads the prediction log through a forwarded port, with the role that may read it and nothing else.
 * @throws UserError unavailable
 */
export async function readPrediction(session: Session, id: string): Promise<Prediction | undefined> {
  const { title } = SERVICE.postgres;
  const kubernetes = session.kubernetes();
  const where = { name: SECRET.postgres, namespace: NAMESPACE.registry };
  const secret = await orUndefined(kubernetes.core.readNamespacedSecret(where));
  const password = secret?.data?.['predictions-reader-password'];
  if (password === undefined)
    throw errors.unavailable(
      title,
      `Secret ${where.namespace}/${where.name}`,
      'it has no password of the reader',
    );
  const endpoint = await forward(kubernetes, SERVICE.postgres);
  const client = new pg.Client({
    host: '127.0.0.1',
    port: Number(new URL(endpoint.address).port),
    user: 'predictions_reader',
    password: Buffer.from(password, 'base64').toString('utf8'),
    database: 'predictions',
    ssl: false,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: CONNECT_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await findPrediction(client, id);
  } catch (error) {
    throw errors.unavailable(title, 'the prediction log', reasonOf(error));
  } finally {
    await client.end().catch(() => undefined);
    endpoint.close();
  }
}
