import { Client } from 'pg';

import { migrate } from './migrate';

const CONNECT_MILLISECONDS = 10_000;

/**
 * Creates or migrates the schema of the prediction log as its owner, for servers whose role may only insert. Silent if
 * there is nothing to do.
 *
 * @param url `postgres://…` of the owner; PGPASSWORD, PGSSLMODE and so on fill in what is missing.
 */
export async function migratePredictionLog(url: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MILLISECONDS });
  await client.connect();
  try {
    await migrate(client);
  } finally {
    await client.end();
  }
}
