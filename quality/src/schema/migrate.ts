import type { Queryable } from '../database';
import { GRANTS, MIGRATIONS, MIGRATION_TABLE } from './migrations';

/** Applies the migrations that are missing, and the rights, as the owner of the schema. All or nothing. */
export async function migrate(client: Queryable): Promise<void> {
  await client.query('BEGIN');
  try {
    // Two that start together migrate one after another; the later one finds nothing left to do.
    await client.query("SELECT pg_advisory_xact_lock(hashtext('quality.migrate'))");
    await client.query(MIGRATION_TABLE);
    const { rows } = await client.query<{ version: number | null }>(
      'SELECT max(version) AS version FROM quality.migrations',
    );
    const applied = rows[0]?.version ?? 0;
    for (const [index, migration] of MIGRATIONS.entries()) {
      if (index < applied) continue;
      await client.query(migration);
      await client.query('INSERT INTO quality.migrations (version) VALUES ($1)', [index + 1]);
    }
    await client.query(GRANTS);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
