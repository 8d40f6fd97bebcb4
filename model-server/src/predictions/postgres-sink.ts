import { createHash } from 'node:crypto';

import { Client, DatabaseError } from 'pg';

import { sentence } from '../errors';
import type { Complaint } from '../errors';
import { ensureSchema } from './migrate';
import {
  booleanArray,
  doubleArray,
  integerArray,
  nullableRealArray,
  realArray,
  textArray,
  timeArray,
} from './postgres-arrays';
import type { LoggedModel } from './records';
import { UnwritableError } from './sink';
import type { PredictionRecord, PredictionSink } from './sink';
import { storedFeatures } from './stored-features';
import type { StoredFeature, StoredIn } from './stored-features';

const CONNECT_MILLISECONDS = 5_000;
const STATEMENT_MILLISECONDS = 10_000;
/** Longer than the database's own timeout, in case the network loses the answer. */
const ANSWER_MILLISECONDS = 15_000;
const MAINTENANCE_MILLISECONDS = 10 * 60_000;

/**
 * SQLSTATE classes that blame the data: data exception, integrity violation, program limit.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const DATA_FAULT = /^(22|23|54)/;

/** One statement for any number of rows. Values come in one array per type, which is cut into rows here. */
const INSERT = `
INSERT INTO prediction_log.predictions
  (at, model_version, row_number, score, decision, prediction_id, reals, doubles, texts)
SELECT r.at, $1::integer, r.row_number, r.score, r.decision, r.prediction_id,
  ($7::real[])[(r.n - 1) * $10::integer + 1 : r.n * $10::integer],
  ($8::double precision[])[(r.n - 1) * $11::integer + 1 : r.n * $11::integer],
  ($9::text[])[(r.n - 1) * $12::integer + 1 : r.n * $12::integer]
FROM (
  SELECT *, ordinality::integer AS n
  FROM unnest($2::timestamptz[], $3::integer[], $4::real[], $5::boolean[], $6::text[])
    WITH ORDINALITY AS u (at, row_number, score, decision, prediction_id, ordinality)
) AS r
ON CONFLICT DO NOTHING`;

const FULL: Complaint = {
  what: 'the prediction log is full',
  got: 'more than prediction_log.retention allows, from the current day alone',
  expected: 'at most its bytes',
  fix: "Raise bytes in prediction_log.retention as the schema's owner, if the volume has the room.",
};

/** A connection that is ready to write. */
interface Session {
  readonly client: Client;
  /** Key of the model version in the database. */
  readonly modelVersion: number;
  /** By `performance.now()`. */
  maintainedAt: number;
}

/**
 * Stores predictions in PostgreSQL, schema `prediction_log`, over one connection that is reopened after every error.
 * Writes are idempotent: the key of a row is prediction id, row, time of the answer and model version.
 */
export class PostgresSink implements PredictionSink {
  private readonly features: readonly StoredFeature[];
  private client: Client | undefined;
  private session: Session | undefined;

  /** @param url `postgres://…`; PGPASSWORD, PGSSLMODE and so on fill in what is missing. */
  constructor(
    private readonly url: string,
    private readonly model: LoggedModel,
  ) {
    this.features = storedFeatures(model);
  }

  prepare(signal: AbortSignal): Promise<void> {
    return this.use(signal, () => Promise.resolve());
  }

  write(batch: readonly PredictionRecord[], signal: AbortSignal): Promise<void> {
    return this.use(signal, async ({ client, modelVersion }) => {
      await client.query(INSERT, [modelVersion, ...this.parameters(batch)]);
    });
  }

  async close(): Promise<void> {
    const { client } = this;
    this.client = this.session = undefined;
    await client?.end();
  }

  private async use(signal: AbortSignal, work: (session: Session) => Promise<void>): Promise<void> {
    signal.throwIfAborted();
    const discard = (): void => {
      this.close().catch(() => undefined);
    };
    signal.addEventListener('abort', discard, { once: true });
    try {
      // A local reference: an abort meanwhile removes it from the sink.
      const session = (this.session ??= await this.open());
      await maintain(session);
      await work(session);
    } catch (error) {
      if (error instanceof UnwritableError) throw error;
      if (error instanceof DatabaseError && DATA_FAULT.test(error.code ?? ''))
        throw new UnwritableError(error.message, { cause: error });
      discard();
      throw error;
    } finally {
      signal.removeEventListener('abort', discard);
    }
  }

  private async open(): Promise<Session> {
    const client = new Client({
      connectionString: this.url,
      connectionTimeoutMillis: CONNECT_MILLISECONDS,
      statement_timeout: STATEMENT_MILLISECONDS,
      query_timeout: ANSWER_MILLISECONDS,
      application_name: 'model-server',
      keepAlive: true,
    });
    this.client = client;
    client.on('error', () => {
      // A connection that ends between writes: the next write opens another.
      if (this.client === client) this.client = this.session = undefined;
    });
    await client.connect();
    await ensureSchema(client);
    return { client, modelVersion: await this.modelVersion(client), maintainedAt: -Infinity };
  }

  private async modelVersion(client: Client): Promise<number> {
    const { version, metadata } = this.model;
    const features = JSON.stringify(this.features);
    const digest = createHash('sha256').update(`${metadata.threshold} ${features}`).digest('hex');
    const key = [metadata.name, version, digest];
    await client.query(
      `INSERT INTO prediction_log.model_versions (model, version, digest, threshold, features)
       VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
      [...key, metadata.threshold, features],
    );
    const { rows } = await client.query<{ id: number }>(
      'SELECT id FROM prediction_log.model_versions WHERE model = $1 AND version = $2 AND digest = $3',
      key,
    );
    const [row] = rows;
    if (row === undefined) throw new Error('the model version that was just stored is not there');
    return row.id;
  }

  /** Parameters 2 to 12 of the statement; being buffers, they are sent as binary. */
  private parameters(batch: readonly PredictionRecord[]): unknown[] {
    const reals = this.columns('reals');
    const doubles = this.columns('doubles');
    const textual = this.columns('texts');
    return [
      timeArray(batch.map(({ at }) => at)),
      integerArray(batch.map(({ row }) => row)),
      nullableRealArray(batch.map(({ score }) => score)),
      booleanArray(batch.map(({ decision }) => decision)),
      textArray(batch.map(({ predictionId }) => predictionId)),
      reals.length === 0 ? null : realArray(numbers(batch, reals)),
      doubles.length === 0 ? null : doubleArray(numbers(batch, doubles)),
      textual.length === 0 ? null : textArray(texts(batch, textual)),
      reals.length,
      doubles.length,
      textual.length,
    ];
  }

  /** The model's columns stored in an array, in its order. */
  private columns(storedIn: StoredIn): number[] {
    return this.features.flatMap((feature, column) => (feature.stored_in === storedIn ? [column] : []));
  }
}

/** @throws {UnwritableError} if the log is full and nothing is old enough to be deleted. */
async function maintain(session: Session): Promise<void> {
  if (performance.now() - session.maintainedAt < MAINTENANCE_MILLISECONDS) return;
  const { rows } = await session.client.query<{ room: boolean }>('SELECT prediction_log.maintain() AS room');
  if (rows[0]?.room !== true) throw new UnwritableError(sentence(FULL));
  session.maintainedAt = performance.now();
}

/** The numbers in the given columns, row by row. */
function numbers(batch: readonly PredictionRecord[], columns: readonly number[]): Float64Array {
  const values = new Float64Array(batch.length * columns.length);
  let at = 0;
  for (const { features } of batch) for (const column of columns) values[at++] = features[column] as number;
  return values;
}

/** The same for texts and for integers stored as digits. */
function texts(batch: readonly PredictionRecord[], columns: readonly number[]): string[] {
  return batch.flatMap(({ features }) => columns.map((column) => String(features[column])));
}
