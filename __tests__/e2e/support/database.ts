import { Client } from 'pg';
import { NAMESPACE } from '../../../contracts/namespaces';
import { SECRET } from '../../../contracts/objects';
import { SERVICE } from '../../../contracts/services';
import { forward } from '../../../cli/src/cluster/endpoint';
import { platform } from './cluster';

/** Roles of the prediction log and of labels, and the keys of their passwords. */
const PASSWORD_KEYS = {
  predictions: 'predictions-owner-password',
  predictions_writer: 'predictions-writer-password',
  predictions_reader: 'predictions-reader-password',
  labels_writer: 'labels-writer-password',
  quality: 'quality-password',
} as const;

/** Uses the platform's PostgreSQL as one of its roles, through a forwarded port. */
export async function asRole<Result>(
  role: keyof typeof PASSWORD_KEYS,
  database: string,
  use: (client: Client) => Promise<Result>,
): Promise<Result> {
  const kubernetes = platform().kubernetes();
  const namespace = NAMESPACE.registry;
  const { data } = await kubernetes.core.readNamespacedSecret({ name: SECRET.postgres, namespace });
  const password = Buffer.from(data?.[PASSWORD_KEYS[role]] ?? '', 'base64').toString('utf8');
  const endpoint = await forward(kubernetes, SERVICE.postgres);
  const client = new Client({
    host: '127.0.0.1',
    port: Number(new URL(endpoint.address).port),
    user: role,
    password,
    database,
    ssl: false,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end();
    endpoint.close();
  }
}
