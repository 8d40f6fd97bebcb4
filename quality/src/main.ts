/** usage: main.mjs [migrate]. Without it: exports quality, and takes labels. */
import { Client, Pool } from 'pg';
import { pino } from 'pino';
import { Registry, collectDefaultMetrics } from 'prom-client';

import { createApp } from './app';
import { Exporter } from './exporter/exporter';
import { exposeQuality } from './exporter/exposition';
import { outcomesOf, storeLabels } from './labels/store';
import { migrate } from './schema/migrate';
import { SettingError, databaseUrl, readSettings } from './settings';

const CONNECT_MILLISECONDS = 5_000;
/** A day of ten million rows is counted in seconds; labels are joined a thousand at a time. */
const CYCLE_STATEMENT_MILLISECONDS = 10 * 60_000;
const LABELS_STATEMENT_MILLISECONDS = 10_000;
/** The cycle takes one more; charts/postgres gives the role eight. */
const LABELS_CONNECTIONS = 4;

async function runMigrations(): Promise<void> {
  const client = new Client({
    connectionString: databaseUrl(process.env),
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
  });
  await client.connect();
  try {
    await migrate(client);
  } finally {
    await client.end();
  }
}

async function serve(): Promise<void> {
  const {
    databaseUrl: connectionString,
    models,
    labelsToken,
    port,
    cycleSeconds,
  } = readSettings(process.env);
  const formatters = { level: (label: string) => ({ level: label }) };
  const log = pino({ base: null, formatters, serializers: { err: pino.stdSerializers.err } });
  const pool = new Pool({
    connectionString,
    max: LABELS_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
    statement_timeout: LABELS_STATEMENT_MILLISECONDS,
    query_timeout: LABELS_STATEMENT_MILLISECONDS + CONNECT_MILLISECONDS,
    application_name: 'quality-labels',
  });
  // Idle connections end with the database; the next request makes another.
  pool.on('error', () => undefined);
  const connect = async (): Promise<Client> => {
    const client = new Client({
      connectionString,
      connectionTimeoutMillis: CONNECT_MILLISECONDS,
      statement_timeout: CYCLE_STATEMENT_MILLISECONDS,
      query_timeout: CYCLE_STATEMENT_MILLISECONDS + CONNECT_MILLISECONDS,
      application_name: 'quality-exporter',
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };

  const exporter = new Exporter({ models, connect, cycleSeconds, log });
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  exposeQuality(registry, models, () => exporter.shown);
  const app = createApp({
    registry,
    models,
    token: labelsToken,
    report: () => exporter.shown.report,
    store: (model, labels) => storeLabels(pool, model, labels),
    outcomes: (model, receipt) => outcomesOf(pool, model, receipt),
    log: log.child({}, { level: 'warn' }),
  });
  await app.listen({ host: '0.0.0.0', port });

  const ending = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      ending.abort();
    });
  await exporter.run(ending.signal);
  await app.close();
  await pool.end();
}

try {
  if (process.argv[2] === 'migrate') await runMigrations();
  else await serve();
} catch (error) {
  if (!(error instanceof SettingError)) throw error;
  console.error(JSON.stringify({ level: 'fatal', msg: error.message }));
  process.exitCode = 1;
}
