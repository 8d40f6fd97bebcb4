import { Client } from 'pg';
import { afterAll, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { migratePredictionLog } from '../../../model-server/src/predictions/migrate-command';
import { READER_ROLE, WRITER_ROLE } from '../../../model-server/src/predictions/migrations';
import { PostgresSink } from '../../../model-server/src/predictions/postgres-sink';
import { toRecords } from '../../../model-server/src/predictions/records';
import { TestDatabase } from './fixtures/database';
import { MODEL, scoredBatch } from './fixtures/model';

const DAY = 86_400_000;
const running = new AbortController().signal;
// PostgreSQL in WebAssembly is slow while everything else runs beside it.
jest.setTimeout(30_000);
const database = await TestDatabase.start();
const sinks: PostgresSink[] = [];

beforeEach(async () => {
  await Promise.all(sinks.splice(0).map((sink) => sink.close()));
  await database.reset();
});
afterAll(() => database.stop());

async function log(...at: number[]): Promise<void> {
  const sink = new PostgresSink(database.url, MODEL);
  sinks.push(sink);
  for (const each of at) {
    const batch = scoredBatch(`p${each}`, 1, { at: each });
    await sink.write(toRecords(MODEL, [{ batch, from: 0, to: 1 }]), running);
  }
  await sink.close();
}

function day(offset: number): string {
  return new Date(Date.now() + offset * DAY).toISOString().slice(0, 10).replaceAll('-', '');
}

async function partitions(): Promise<string[]> {
  const rows = await database.rows(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits
     WHERE inhparent = 'prediction_log.predictions'::regclass ORDER BY 1`,
  );
  return rows.map((row) => (row as { name: string }).name.replace('prediction_log.predictions_', ''));
}

/** Adds the partition of a past day, with one prediction in it. */
async function addDay(offset: number): Promise<void> {
  const [from, to] = [day(offset), day(offset + 1)];
  await database.run(`
    CREATE TABLE prediction_log.predictions_${from} PARTITION OF prediction_log.predictions
      FOR VALUES FROM ('${from} 00:00+00') TO ('${to} 00:00+00');
    INSERT INTO prediction_log.predictions (at, model_version, row_number, prediction_id)
      VALUES ('${from} 12:00+00', 1, 0, 'old')`);
}

describe('the schema', () => {
  it('is created by the first server and left alone by the next', async () => {
    await log(Date.now());
    const [first] = await database.rows('SELECT applied_at FROM prediction_log.migrations');
    await log(Date.now());
    expect(await database.rows('SELECT applied_at FROM prediction_log.migrations')).toEqual([first]);
  });

  it('of a newer server is used unchanged', async () => {
    await log(Date.now());
    await database.run('INSERT INTO prediction_log.migrations (version) VALUES (99)');
    await log(Date.now());
    expect(await database.count('prediction_log.predictions')).toBe(2);
  });

  it('is created completely or not at all', async () => {
    await database.run('CREATE SCHEMA prediction_log; CREATE TABLE prediction_log.named_predictions ()');
    await expect(log(Date.now())).rejects.toThrow('is not a view');
    expect(await database.rows("SELECT to_regclass('prediction_log.predictions') AS made")).toEqual([
      { made: null },
    ]);
  });

  it('is not touched by a server without the right to create it', async () => {
    await database.run(`CREATE ROLE stranger`);
    await database.run('SET ROLE stranger');
    await expect(log(Date.now())).rejects.toThrow('permission denied');
  });
});

await database.run(`CREATE ROLE ${WRITER_ROLE}; CREATE ROLE ${READER_ROLE}`);

describe('the role of the servers', () => {
  it('may store predictions in a schema that its owner created', async () => {
    await migratePredictionLog(database.url);
    await database.run(`SET ROLE ${WRITER_ROLE}`);
    await log(Date.now());
    await database.run('RESET ROLE');
    expect(await database.count('prediction_log.named_predictions')).toBe(1);
  });

  it.each([
    'SELECT count(*) FROM prediction_log.predictions',
    'DELETE FROM prediction_log.predictions',
    'UPDATE prediction_log.predictions SET decision = true',
    'TRUNCATE prediction_log.predictions',
    'DROP TABLE prediction_log.predictions',
    'UPDATE prediction_log.retention SET days = 1',
    'DELETE FROM prediction_log.model_versions',
    'CREATE TABLE prediction_log.more ()',
  ])('may not %s', async (statement) => {
    await migratePredictionLog(database.url);
    await database.run(`SET ROLE ${WRITER_ROLE}`);
    await expect(database.run(statement)).rejects.toThrow(/permission denied|must be owner/);
  });

  it('gets its rights even if created after the schema', async () => {
    await database.run(`DROP ROLE ${WRITER_ROLE}`);
    await migratePredictionLog(database.url);
    await database.run(`CREATE ROLE ${WRITER_ROLE}`);
    await migratePredictionLog(database.url);
    await database.run(`SET ROLE ${WRITER_ROLE}`);
    await expect(log(Date.now())).resolves.toBeUndefined();
  });

  it('of readers can read by name, and change nothing', async () => {
    await log(Date.now());
    await database.run(`SET ROLE ${READER_ROLE}`);
    expect(await database.count('prediction_log.named_predictions')).toBe(1);
    await expect(database.run('DELETE FROM prediction_log.predictions')).rejects.toThrow('permission denied');
  });
});

describe('partitions', () => {
  it('exist for the days around today', async () => {
    await log(Date.now());
    expect(await partitions()).toEqual([day(-1), day(0), day(1), day(2), 'other']);
  });

  it('hold predictions by day, with one for all other days', async () => {
    const today = Date.now();
    await log(today, today - 50 * DAY);
    expect(await database.count(`prediction_log.predictions_${day(0)}`)).toBe(1);
    expect(await database.count('prediction_log.predictions_other')).toBe(1);
  });

  it('older than the retention are dropped', async () => {
    await log(Date.now());
    for (const age of [-91, -90, -30]) await addDay(age);
    await log(Date.now());
    expect(await partitions()).toEqual([day(-90), day(-30), day(-1), day(0), day(1), day(2), 'other']);
  });

  it('beyond the size limit are dropped, oldest first', async () => {
    await log(Date.now());
    for (const age of [-3, -2]) await addDay(age);
    await database.run(`
      UPDATE prediction_log.retention SET bytes = (
        SELECT sum(pg_total_relation_size(inhrelid)) - 1 FROM pg_inherits
        WHERE inhparent = 'prediction_log.predictions'::regclass)`);
    await log(Date.now());
    expect(await partitions()).toEqual([day(-2), day(-1), day(0), day(1), day(2), 'other']);
  });

  it('of today are never dropped: a full log refuses to grow', async () => {
    await log(Date.now());
    await database.run('UPDATE prediction_log.retention SET bytes = 1');
    await expect(log(Date.now())).rejects.toThrowErrorMatchingInlineSnapshot(
      `"the prediction log is full: got more than prediction_log.retention allows, from the current day alone, expected at most its bytes. Raise bytes in prediction_log.retention as the schema's owner, if the volume has the room."`,
    );
    expect(await database.count('prediction_log.predictions')).toBe(1);
  });

  it('for other days lose rows older than the retention', async () => {
    const old = Date.now() - 100 * DAY;
    await log(old);
    await log(Date.now());
    expect(await database.count('prediction_log.predictions_other')).toBe(0);
  });

  it('that cannot be created do not stop predictions from being stored', async () => {
    await log(Date.now());
    await database.run(`
      DROP TABLE prediction_log.predictions_${day(2)};
      INSERT INTO prediction_log.predictions (at, model_version, row_number, prediction_id)
        VALUES ('${day(2)} 12:00+00', 1, 0, 'early')`);
    await log(Date.now());
    expect(await partitions()).toEqual([day(-1), day(0), day(1), 'other']);
    expect(await database.count('prediction_log.predictions')).toBe(3);
  });
});

describe('the command of the owner', () => {
  it('fails if the database cannot be reached', async () => {
    database.goDown();
    await expect(migratePredictionLog(database.url)).rejects.toThrow();
  });

  it('leaves no open connection', async () => {
    await migratePredictionLog(database.url);
    const client = new Client({ connectionString: database.url });
    await expect(client.connect().then(() => client.end())).resolves.toBeUndefined();
  });
});
