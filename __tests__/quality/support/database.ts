import type { PGlite } from '@electric-sql/pglite';
import type { ClientBase } from 'pg';

import { migrate as migrateLog } from '../../../model-server/src/predictions/migrate';
import type { Queryable } from '../../../quality/src/database';
import { migrate } from '../../../quality/src/schema/migrate';
import { LABELS_WRITER_ROLE, QUALITY_ROLE } from '../../../quality/src/schema/migrations';
import { startPostgres } from '../../support/postgres';

export interface TestPrediction {
  readonly id: string;
  readonly row?: number;
  /** Days before now. @default 10 */
  readonly age?: number;
  readonly score: number;
  /** @default 1 */
  readonly version?: number;
}

export interface TestLabel {
  readonly id: string;
  readonly row?: number;
  readonly label: boolean;
  readonly model?: string;
  readonly source?: string;
  /** Days before now at which the prediction was made, as the label says. */
  readonly predicted?: number;
}

/** Ids in `prediction_log.model_versions`: versions 1 and 2 of fraud, and version 1 of another model. */
export const OTHER_MODEL = 3;
export const THRESHOLD = 0.5;

/** PostgreSQL in WebAssembly with the tables of the prediction log and of the labels. */
export class QualityDatabase {
  private constructor(readonly postgres: PGlite) {}

  static async start(): Promise<QualityDatabase> {
    const database = new QualityDatabase(await startPostgres());
    await database.run(`CREATE ROLE ${LABELS_WRITER_ROLE}; CREATE ROLE ${QUALITY_ROLE}`);
    return database;
  }

  /** As node-postgres would be: one connection. */
  get client(): Queryable {
    const query = async (sql: string, values?: unknown[]) => {
      if (values !== undefined) return this.postgres.query(sql, values);
      return (await this.postgres.exec(sql)).at(-1);
    };
    return { query } as Queryable;
  }

  /** The schema as new, and three model versions. */
  async reset(): Promise<void> {
    await this.run('RESET ROLE; DROP SCHEMA IF EXISTS quality, prediction_log CASCADE');
    await migrateLog(this.client as unknown as ClientBase);
    await migrate(this.client);
    await this.run(`
      INSERT INTO prediction_log.model_versions (model, version, threshold, features, digest) VALUES
        ('fraud', '1', ${THRESHOLD}, '[]', 'a'), ('fraud', '2', ${THRESHOLD}, '[]', 'b'), ('churn', '1', ${THRESHOLD}, '[]', 'c')`);
  }

  async run(sql: string): Promise<void> {
    await this.postgres.exec(sql);
  }

  async rows<Row>(sql: string, values?: unknown[]): Promise<Row[]> {
    return (await this.postgres.query<Row>(sql, values)).rows;
  }

  async predict(...predictions: readonly TestPrediction[]): Promise<void> {
    await this.rows(
      `INSERT INTO prediction_log.predictions (at, model_version, row_number, score, decision, prediction_id)
       SELECT now() - r.age * interval '1 day', r.version, r.row, r.score, r.score >= ${THRESHOLD}, r.id
       FROM jsonb_to_recordset($1) AS r(id text, "row" int, age double precision, score real, version int)`,
      [JSON.stringify(predictions.map((each) => ({ row: 0, age: 10, version: 1, ...each })))],
    );
  }

  async label(...labels: readonly TestLabel[]): Promise<void> {
    await this.rows(
      `INSERT INTO quality.labels (model, prediction_id, row_number, label, source, predicted_at)
       SELECT r.model, r.id, r.row, r.label, r.source, now() - r.predicted * interval '1 day'
       FROM jsonb_to_recordset($1)
         AS r(id text, "row" int, label boolean, model text, source text, predicted double precision)`,
      [JSON.stringify(labels.map((each) => ({ model: 'fraud', source: 'chargeback', ...each })))],
    );
  }

  async join(): Promise<void> {
    await this.run('SELECT quality.join_labels(1000)');
  }

  /** Labels by what became of them. */
  async outcomes(): Promise<Record<string, number>> {
    const rows = await this.rows<{ outcome: string; count: number }>(
      'SELECT outcome, sum(count)::int AS count FROM quality.outcomes GROUP BY outcome ORDER BY outcome',
    );
    return Object.fromEntries(rows.map(({ outcome, count }) => [outcome, count]));
  }

  /** Counts that are not zero, as `version/bin/decision/label/alerted: count`. */
  async labelled(): Promise<Record<string, number>> {
    const rows = await this.rows<{ key: string; count: number }>(`
      SELECT concat_ws('/', version, bin, decision, label, alerted) AS key, sum(count)::int AS count
      FROM quality.labelled GROUP BY 1 HAVING sum(count) <> 0 ORDER BY 1`);
    return Object.fromEntries(rows.map(({ key, count }) => [key, count]));
  }
}
