import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import {
  isPostgresUrl,
  createPredictionLog,
} from '../../../model-server/src/predictions/create-prediction-log';
import type { PredictionLogSettings } from '../../../model-server/src/predictions/create-prediction-log';
import type { PredictionLog } from '../../../model-server/src/predictions/prediction-log';
import { TestCounters, TestEvents } from './fixtures/counters';
import { TestDatabase } from './fixtures/database';
import { MODEL, scoredBatch } from './fixtures/model';
import { waitFor } from '../../support/wait-for';

// PostgreSQL in WebAssembly is slow while everything else runs beside it.
jest.setTimeout(30_000);
const database = await TestDatabase.start();
const SETTINGS: PredictionLogSettings = {
  predictionLogUrl: database.url,
  predictionLogQueueRows: 5000,
  predictionLogQueueBytes: 16 * 1024 ** 2,
  predictionLogFlushRows: 100,
  predictionLogFlushSeconds: 0.02,
};
const PATIENCE = { timeout: 20_000 };

interface Parts {
  readonly predictionLog: PredictionLog;
  readonly counters: TestCounters;
  readonly events: TestEvents;
}

const opened: PredictionLog[] = [];

beforeEach(() => database.reset());
afterEach(() => Promise.all(opened.splice(0).map((predictionLog) => predictionLog.close(0))));
afterAll(() => database.stop());

function open(settings: Partial<PredictionLogSettings> = {}): Parts {
  const counters = new TestCounters();
  const events = new TestEvents();
  const predictionLog = createPredictionLog({ ...SETTINGS, ...settings }, MODEL, counters, events);
  if (predictionLog === undefined) throw new Error('the settings have a URL');
  opened.push(predictionLog);
  predictionLog.start();
  return { predictionLog, counters, events };
}

function observe({ predictionLog }: Parts, from: number, to: number): void {
  for (let i = from; i < to; i++) predictionLog.observe(scoredBatch(String(i)));
}

function written({ counters }: Parts, rows: number): Promise<void> {
  return waitFor(() => {
    expect(counters.totals.written).toBe(rows);
  }, PATIENCE);
}

async function storedIds(): Promise<number[]> {
  const rows = await database.rows(
    'SELECT prediction_id::int AS id FROM prediction_log.predictions ORDER BY 1',
  );
  return rows.map((row) => (row as { id: number }).id);
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

describe('a prediction log with PostgreSQL', () => {
  it('does not exist without a URL', () => {
    const settings = { ...SETTINGS, predictionLogUrl: undefined };
    expect(createPredictionLog(settings, MODEL, new TestCounters(), new TestEvents())).toBeUndefined();
  });

  it('stores every prediction', async () => {
    const log = open();
    observe(log, 0, 250);
    await written(log, 250);
    expect(await storedIds()).toEqual(upTo(250));
  });

  it('starts while the database is down, and stores everything once it is up', async () => {
    database.goDown();
    const log = open();
    observe(log, 0, 250);
    await waitFor(() => {
      expect(log.counters.totals.failedWrites).toBeGreaterThan(1);
    }, PATIENCE);
    database.goUp();
    await written(log, 250);
    expect(await storedIds()).toEqual(upTo(250));
    expect(log.counters.totals).toMatchObject({ dropped: 0, queued: 0 });
  });

  it('stores everything exactly once although the connection keeps breaking', async () => {
    const log = open({ predictionLogFlushRows: 10 });
    for (let round = 0; round < 5; round++) {
      observe(log, round * 50, round * 50 + 50);
      if (round % 2 === 0) database.loseAnswerTo('INSERT INTO prediction_log.predictions');
      else database.cut();
      await written(log, round * 50 + 50);
    }
    expect(log.counters.totals.failedWrites).toBeGreaterThanOrEqual(3);
    expect(await storedIds()).toEqual(upTo(250));
  });

  it('stores what is queued when it ends', async () => {
    const log = open({ predictionLogFlushSeconds: 60 });
    observe(log, 0, 25);
    await log.predictionLog.close(20);
    expect(await storedIds()).toEqual(upTo(25));
  });

  it('ends with a dead database, and counts what it could not store', async () => {
    const log = open();
    observe(log, 0, 25);
    await written(log, 25);
    database.stall();
    observe(log, 25, 40);
    await log.predictionLog.close(0.05);
    expect(log.counters.totals).toMatchObject({ written: 25, dropped: 15, queued: 0 });
  });

  it('ends without having been started, and counts what it was given', async () => {
    const counters = new TestCounters();
    const made = database.connections;
    const predictionLog = createPredictionLog(SETTINGS, MODEL, counters, new TestEvents());
    predictionLog?.observe(scoredBatch('a'));
    await predictionLog?.close(20);
    expect(counters.totals).toMatchObject({ dropped: 1, queued: 0 });
    expect(database.connections).toBe(made);
  });

  it('does not reveal the password when the database is down', async () => {
    database.goDown();
    const log = open();
    await waitFor(() => {
      expect(log.events.lines).toHaveLength(1);
    }, PATIENCE);
    expect(JSON.stringify(log.events.lines)).not.toContain('secret');
  });

  it('does not reveal the password when the URL is invalid', async () => {
    const log = open({ predictionLogUrl: 'postgres://u:secret@[::1/db' });
    await waitFor(() => {
      expect(log.events.lines).toHaveLength(1);
    }, PATIENCE);
    expect(JSON.stringify(log.events.lines)).not.toContain('secret');
  });
});

describe('a PREDICTION_LOG_URL', () => {
  it.each([
    'postgres://predictions_writer@postgres.mlops-registry:5432/predictions',
    'postgresql://localhost/predictions?sslmode=require',
    'postgres:///predictions',
  ])('may be %s', (url) => {
    expect(isPostgresUrl(url)).toBe(true);
  });

  it.each(['', 'predictions', 'mysql://localhost/x', 'postgres', 'host=localhost dbname=x'])(
    'may not be "%s"',
    (url) => {
      expect(isPostgresUrl(url)).toBe(false);
    },
  );
});
