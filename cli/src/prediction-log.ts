import pg from 'pg';
import { NAMESPACE } from '../../contracts/namespaces';
import { SECRET } from '../../contracts/objects';
import { SERVICE } from '../../contracts/services';
import { forward } from './cluster/endpoint';
import { orUndefined, reasonOf } from './cluster/kubernetes';
import { errors } from './errors';
import type { Session } from './session';

/** What node-postgres and its substitutes in tests have in common. */
export interface Queryable {
  query(sql: string, values: unknown[]): Promise<{ rows: unknown[] }>;
}

const CONNECT_MS = 10_000;

/**
 * Connects to the prediction log through a forwarded port, with the role that may read it and nothing else.
 * @param patienceMs for one query
 * @throws UserError unavailable
 */
export async function withPredictionLog<T>(
  session: Session,
  use: (client: Queryable) => Promise<T>,
  patienceMs = CONNECT_MS,
): Promise<T> {
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
    query_timeout: patienceMs,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } catch (error) {
    throw errors.unavailable(title, 'the prediction log', reasonOf(error));
  } finally {
    await client.end().catch(() => undefined);
    endpoint.close();
  }
}
