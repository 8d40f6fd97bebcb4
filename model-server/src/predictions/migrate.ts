import type { ClientBase } from 'pg';

import { GRANTS, MIGRATIONS, MIGRATION_TABLE } from './migrations';

/**
 * Migrates the schema of the prediction log if it is outdated. If not, the role needs no right to change it. A newer
 * server's schema is left alone.
 */
export async function ensureSchema(client: ClientBase): Promise<void> {
  if ((await schemaVersion(client)) < MIGRATIONS.length) await migrate(client);
}

/** Applies pending migrations and grants as the schema's owner, in one transaction. */
export async function migrate(client: ClientBase): Promise<void> {
  await client.query('BEGIN');
  try {
    // Servers that start together migrate one at a time; the later ones find nothing to do.
    await client.query("SELECT pg_advisory_xact_lock(hashtext('prediction_log.migrate'))");
    await client.query(MIGRATION_TABLE);
    const applied = await schemaVersion(client);
    for (const [index, migration] of MIGRATIONS.entries()) {
      if (index < applied) continue;
      await client.query(migration);
      await client.query('INSERT INTO prediction_log.migrations (version) VALUES ($1)', [index + 1]);
    }
    await client.query(GRANTS);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** 0 if there is none. */
async function schemaVersion(client: ClientBase): Promise<number> {
  const table = await client.query<{ exists: boolean }>(
    "SELECT to_regclass('prediction_log.migrations') IS NOT NULL AS exists",
  );
  if (table.rows[0]?.exists !== true) return 0;
  const { rows } = await client.query<{ version: number | null }>(
    'SELECT max(version) AS version FROM prediction_log.migrations',
  );
  return rows[0]?.version ?? 0;
}
