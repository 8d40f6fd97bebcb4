import { Client } from 'pg';

import { migrate } from './migrate';

const CONNECT_MILLISECONDS = 10_000;

/**
 * Sets up the schema of the prediction log as its owner, where servers connect with a role that may only insert. Says
 * nothing where nothing is left to do.
 *
 * @param url `postgres://…` of the owner; what it leaves out comes from PGPASSWORD, PGSSLMODE and their kin.
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
