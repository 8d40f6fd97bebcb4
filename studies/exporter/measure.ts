import { Client } from 'pg';

import { migrate as migrateLog } from '../../model-server/src/predictions/migrate';
import { runCycle } from '../../quality/src/exporter/cycle';
import { migrate } from '../../quality/src/schema/migrate';
import { spread } from '../bench/statistics';

export interface Measured {
  readonly log_rows: number;
  /** Of a cycle that joins {@link LABELS} new labels: median of {@link CYCLES}. */
  readonly seconds: number;
  /** Of a cycle without new labels. */
  readonly idle_seconds: number;
  /** Of counting the day that ended, once and again a day later. */
  readonly day_seconds: number;
  /** Of counting all days, once in the life of a log that was there before the exporter. */
  readonly first_seconds: number;
  readonly compact_rows: number;
}

/** Days of the log: what its retention keeps, without today. */
const DAYS = 89;
export const LABELS = 1_000;
export const CYCLES = 5;
const MODELS = [{ name: 'fraud', labelDays: 7, gates: {} }];

/** Fills a log of so many rows over the whole retention, and times the exporter on it. */
export async function measure(url: string, rows: number): Promise<Measured> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('DROP SCHEMA IF EXISTS quality, prediction_log CASCADE');
    await migrateLog(client);
    await migrate(client);
    await fill(client, rows);
    const first = await timed(() => client.query('SELECT quality.count_days(1000)'));
    await client.query(LABELLED);
    await client.query('ANALYZE');
    const idle: number[] = [];
    const busy: number[] = [];
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      idle.push(await timed(() => runCycle(client, MODELS)));
      await client.query(NEW_LABELS, [rows, LABELS]);
      busy.push(await timed(() => runCycle(client, MODELS)));
    }
    const joined = await count(client, "quality.labels WHERE outcome = 'joined'");
    if (joined !== CYCLES * LABELS) throw new Error(`${joined} labels joined of ${CYCLES * LABELS}`);
    await client.query('DELETE FROM quality.counted_days WHERE day = current_date - 2');
    const day = await timed(() => client.query('SELECT quality.count_days(1)'));
    return {
      log_rows: await count(client, 'prediction_log.predictions'),
      seconds: spread(busy).median,
      idle_seconds: spread(idle).median,
      day_seconds: day,
      first_seconds: first,
      compact_rows: (await count(client, 'quality.labelled')) + (await count(client, 'quality.predicted')),
    };
  } finally {
    await client.end();
  }
}

/** Scores are skewed as those of rare events are: their cube root is even. */
async function fill(client: Client, rows: number): Promise<void> {
  await client.query(`
    SET timezone = 'UTC';
    INSERT INTO prediction_log.model_versions (model, version, threshold, features, digest)
      VALUES ('fraud', '1', 0.5, '[]', 'a'), ('fraud', '2', 0.5, '[]', 'b');
    DO $$
    BEGIN
      FOR ago IN 1 .. ${DAYS} LOOP
        EXECUTE format(
          'CREATE TABLE IF NOT EXISTS prediction_log.predictions_%s PARTITION OF prediction_log.predictions FOR VALUES FROM (%L) TO (%L)',
          to_char(current_date - ago, 'YYYYMMDD'), (current_date - ago)::timestamptz, (current_date - ago + 1)::timestamptz);
      END LOOP;
    END
    $$;
    SELECT setseed(0.5)`);
  await client.query(
    `INSERT INTO prediction_log.predictions (at, model_version, row_number, score, decision, prediction_id, reals)
     SELECT current_date - (1 + n % ${DAYS}) + n * interval '86400 s' / ($1::float8 + 1), 1 + (n / ${DAYS}) % 2, 0,
       score, score >= 0.5, 'order-' || n, array_fill(score::real, ARRAY[15])
     FROM (SELECT n, random() ^ 3 AS score FROM generate_series(1, $1::integer) AS n) AS drawn`,
    [rows],
  );
}

/** Labels of every kind wherever there are predictions: the most rows that the compact table can have for this log. */
const LABELLED = `
INSERT INTO quality.labelled (model, version, day, bin, decision, label, alerted, count, score_sum)
SELECT model, version, day, bin, decision, label, alerted, count, score_sum
FROM quality.predicted, (VALUES (false), (true)) AS l (label), (VALUES (false), (true)) AS a (alerted)`;

/** Without the time of their predictions, which makes every day of the log be looked into. */
const NEW_LABELS = `
INSERT INTO quality.labels (model, prediction_id, row_number, label, source)
SELECT 'fraud', prediction_id, 0, n % 2 = 0, 'chargeback'
FROM (SELECT DISTINCT 'order-' || (1 + floor(random() * $1::integer))::integer AS prediction_id FROM generate_series(1, 2 * $2::integer)) AS ids,
  LATERAL (SELECT length(prediction_id) AS n) AS parity
WHERE NOT EXISTS (SELECT FROM quality.labels l WHERE l.prediction_id = ids.prediction_id)
LIMIT $2::integer`;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1_000;
}

async function count(client: Client, what: string): Promise<number> {
  const { rows } = await client.query<{ count: number }>(`SELECT count(*)::integer AS count FROM ${what}`);
  return rows[0]?.count ?? 0;
}
