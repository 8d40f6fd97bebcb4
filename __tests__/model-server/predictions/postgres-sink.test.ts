import { randomBytes } from 'node:crypto';

import { afterAll, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { PostgresSink } from '../../../model-server/src/predictions/postgres-sink';
import { toRecords } from '../../../model-server/src/predictions/records';
import type { LoggedModel } from '../../../model-server/src/predictions/records';
import { UnwritableError } from '../../../model-server/src/predictions/sink';
import type { ScoredBatch } from '../../../model-server/src/protocol/scored-batch';
import { turn } from '../../../model-server/src/protocol/turn';
import { TestDatabase } from './fixtures/database';
import { MODEL, category, numberFeature, scoredBatch } from './fixtures/model';

const NOON = Date.UTC(2026, 10, 22, 12, 34, 56, 789);
const STORED = 'SELECT * FROM prediction_log.predictions ORDER BY prediction_id, row_number, at';
const NAMED = `SELECT prediction_id, model, version, threshold, decision, features
  FROM prediction_log.named_predictions ORDER BY prediction_id, row_number, at`;
const running = new AbortController().signal;

/** Every kind of datatype in one model, in an order that mixes the arrays. */
const MIXED: LoggedModel = {
  version: '7',
  metadata: {
    name: 'mixed',
    threshold: 0.25,
    inputs: [
      { name: 'card', datatype: 'INT64', shape: [-1], features: [numberFeature('card')] },
      {
        name: 'amounts',
        datatype: 'FP32',
        shape: [-1, 2],
        features: [numberFeature('amount'), numberFeature('average')],
      },
      {
        name: 'merchant',
        datatype: 'BYTES',
        shape: [-1, 1],
        features: [category('merchant', ['böcker', 'x'])],
      },
      { name: 'balance', datatype: 'FP64', shape: [-1, 1], features: [numberFeature('balance')] },
      { name: 'abroad', datatype: 'BOOL', shape: [-1, 1], features: [numberFeature('abroad')] },
      { name: 'bank', datatype: 'UINT64', shape: [-1, 1], features: [category('bank', ['north', 'south'])] },
    ],
  },
};

const MIXED_BATCH: ScoredBatch = {
  id: 'm',
  at: NOON,
  rows: 2,
  inputs: [
    BigInt64Array.of(-(2n ** 63n), 2n ** 53n + 1n),
    Float32Array.of(0.1, NaN, 1e-30, 3.4e38),
    ['böcker', 'x'],
    Float64Array.of(0.1, NaN),
    Uint8Array.of(1, 0),
    BigUint64Array.of(0n, 1n),
  ],
  scores: Float32Array.of(0.25, 0.24),
};

// PostgreSQL in WebAssembly is slow while everything else runs beside it.
jest.setTimeout(30_000);
const database = await TestDatabase.start();
const sinks: PostgresSink[] = [];

beforeEach(async () => {
  await Promise.all(sinks.splice(0).map((sink) => sink.close()));
  await database.reset();
});
afterAll(() => database.stop());

function connectTo(model: LoggedModel = MODEL): PostgresSink {
  const sink = new PostgresSink(database.url, model);
  sinks.push(sink);
  return sink;
}

function write(sink: PostgresSink, batch: ScoredBatch, model = MODEL, signal = running): Promise<void> {
  return sink.write(toRecords(model, [{ batch, from: 0, to: batch.rows }]), signal);
}

describe('a prediction in PostgreSQL', () => {
  it('has id, row, time, score, decision and features', async () => {
    await write(connectTo(), scoredBatch('a', 2, { at: NOON }));
    expect(await database.rows(STORED)).toMatchInlineSnapshot(`
      [
        {
          "at": 2026-11-22T12:34:56.789Z,
          "decision": false,
          "doubles": null,
          "model_version": 1,
          "prediction_id": "a/0",
          "reals": [
            1,
            1,
          ],
          "row_number": 0,
          "score": 0.25,
          "texts": null,
        },
        {
          "at": 2026-11-22T12:34:56.789Z,
          "decision": true,
          "doubles": null,
          "model_version": 1,
          "prediction_id": "a/1",
          "reals": [
            2,
            1,
          ],
          "row_number": 1,
          "score": 0.75,
          "texts": null,
        },
      ]
    `);
  });

  it('has just the request id if the request had one row', async () => {
    await write(connectTo(), scoredBatch('a'));
    expect(await database.rows('SELECT prediction_id FROM prediction_log.predictions')).toEqual([
      { prediction_id: 'a' },
    ]);
  });

  it('keeps 64-bit integers, texts and missing values of every datatype', async () => {
    await write(connectTo(MIXED), MIXED_BATCH, MIXED);
    expect(await database.rows(`SELECT reals, doubles, texts FROM (${STORED}) AS stored`))
      .toMatchInlineSnapshot(`
      [
        {
          "doubles": [
            0.1,
          ],
          "reals": [
            0.1,
            NaN,
            1,
          ],
          "texts": [
            "-9223372036854775808",
            "böcker",
            "0",
          ],
        },
        {
          "doubles": [
            NaN,
          ],
          "reals": [
            1e-30,
            3.4e+38,
            0,
          ],
          "texts": [
            "9007199254740993",
            "x",
            "1",
          ],
        },
      ]
    `);
  });

  it('can be read by feature names and category texts', async () => {
    await write(connectTo(MIXED), MIXED_BATCH, MIXED);
    expect(await database.rows(`SELECT features::text FROM (${NAMED}) AS named`)).toMatchInlineSnapshot(`
      [
        {
          "features": "{"bank": "north", "card": -9223372036854775808, "abroad": 1, "amount": 0.1, "average": null, "balance": 0.1, "merchant": "böcker"}",
        },
        {
          "features": "{"bank": "south", "card": 9007199254740993, "abroad": 0, "amount": 0.000000000000000000000000000001, "average": 340000000000000000000000000000000000000, "balance": null, "merchant": "x"}",
        },
      ]
    `);
  });

  it('can be read by name if a category is missing', async () => {
    await write(connectTo(), scoredBatch('a', 1, { inputs: [Float32Array.of(5, NaN)] }));
    expect(await database.rows(NAMED)).toMatchObject([{ features: { amount: 5, channel: null } }]);
  });

  it('has neither score nor decision if the model has no score', async () => {
    await write(connectTo(), scoredBatch('a', 1, { scores: undefined }));
    expect(await database.rows(STORED)).toMatchObject([{ score: null, decision: null }]);
  });

  it.each([
    ['character 0', 'a\0b', 'a\uFFFDb'],
    ['quotes, braces and backslashes', '{"a",\\b\'}', '{"a",\\b\'}'],
    ['characters of four bytes', '🂡'.repeat(256), '🂡'.repeat(256)],
  ])('may have %s in its id', async (_what, id, stored) => {
    await write(connectTo(), scoredBatch(id));
    expect(await database.rows(STORED)).toMatchObject([{ prediction_id: stored }]);
  });

  it.each([0, Date.UTC(2999, 0), NOON + 0.123])('may be of any time: %d', async (at) => {
    await write(connectTo(), scoredBatch('a', 1, { at }));
    const [row] = await database.rows(
      'SELECT extract(epoch FROM at)::float8 AS at FROM prediction_log.predictions',
    );
    expect((row as { at: number }).at).toBeCloseTo(at / 1000, 5);
  });

  it('is one of a thousand in a single statement', async () => {
    await write(connectTo(), scoredBatch('a', 1000));
    expect(
      await database.rows(
        `SELECT count(*)::int AS rows, sum(reals[1])::int AS sum, count(DISTINCT xmin::text)::int AS transactions
         FROM prediction_log.predictions`,
      ),
    ).toEqual([{ rows: 1000, sum: 500500, transactions: 1 }]);
  });
});

describe('the same prediction id', () => {
  it('of a retried write is stored once', async () => {
    const sink = connectTo();
    const batch = scoredBatch('a', 3);
    await write(sink, batch);
    await write(sink, batch);
    expect(await database.count('prediction_log.predictions')).toBe(3);
  });

  it('is stored once if the connection was lost after the commit', async () => {
    const sink = connectTo();
    await sink.prepare(running);
    const batch = scoredBatch('a', 3);
    database.loseAnswerTo('INSERT INTO prediction_log.predictions');
    await expect(write(sink, batch)).rejects.toThrow('Connection terminated');
    expect(await database.count('prediction_log.predictions')).toBe(3);
    await write(sink, batch);
    expect(await database.count('prediction_log.predictions')).toBe(3);
  });

  it('for another answer is another prediction', async () => {
    const sink = connectTo();
    await write(sink, scoredBatch('a', 1, { at: NOON }));
    await write(sink, scoredBatch('a', 1, { at: NOON + 1 }));
    expect(await database.count('prediction_log.predictions')).toBe(2);
  });

  it('for another version is another prediction, even in the same millisecond', async () => {
    const canary = { ...MODEL, version: '4' };
    const batch = scoredBatch('a', 1, { at: NOON });
    const champion = connectTo();
    await write(champion, batch);
    await champion.close();
    await write(connectTo(canary), batch, canary);
    expect(await database.rows(NAMED)).toMatchObject([{ version: '3' }, { version: '4' }]);
  });
});

describe('a model version', () => {
  it('is stored once, however often servers connect', async () => {
    for (let i = 0; i < 2; i++) {
      const sink = connectTo();
      await sink.prepare(running);
      await sink.close();
    }
    expect(await database.count('prediction_log.model_versions')).toBe(1);
  });

  it('that returns with other features does not change the meaning of earlier predictions', async () => {
    const before = connectTo();
    await write(before, scoredBatch('a'));
    await before.close();
    const [input] = MODEL.metadata.inputs;
    if (input === undefined) throw new Error('the model has an input');
    const features = [numberFeature('hour'), numberFeature('average')];
    const renamed = { ...MODEL, metadata: { ...MODEL.metadata, inputs: [{ ...input, features }] } };
    await write(connectTo(renamed), scoredBatch('b'), renamed);
    expect(await database.rows(NAMED)).toMatchObject([
      { prediction_id: 'a', features: { amount: 1, channel: 'pos' } },
      { prediction_id: 'b', features: { hour: 1, average: 1 } },
    ]);
  });
});

describe('a connection', () => {
  it('lost between writes is reopened', async () => {
    const sink = connectTo();
    await write(sink, scoredBatch('a'));
    database.cut();
    // The first write may still find the old connection.
    await write(sink, scoredBatch('b')).catch(() => write(sink, scoredBatch('b')));
    expect(await database.count('prediction_log.predictions')).toBe(2);
  });

  it('that is refused rejects the write without revealing the password', async () => {
    database.goDown();
    const error: unknown = await write(connectTo(), scoredBatch('a')).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(UnwritableError);
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('secret');
  });

  it('is dropped as soon as nobody waits for it', async () => {
    const sink = connectTo();
    await sink.prepare(running);
    const patience = new AbortController();
    database.stall();
    const writing = write(sink, scoredBatch('a'), MODEL, patience.signal);
    await turn();
    patience.abort();
    await expect(writing).rejects.toThrow('Connection terminated');
  });

  it('is not made for a write that nobody waits for', async () => {
    const made = database.connections;
    await expect(write(connectTo(), scoredBatch('a'), MODEL, AbortSignal.abort())).rejects.toThrow();
    expect(database.connections).toBe(made);
  });
});

describe('data that PostgreSQL refuses', () => {
  it('is told apart from a database that does not answer, and keeps the connection', async () => {
    const sink = connectTo();
    // More than fits into an index, compressed.
    const tooLong = randomBytes(50_000).toString('hex');
    await sink.prepare(running);
    const made = database.connections;
    await expect(write(sink, scoredBatch(tooLong))).rejects.toBeInstanceOf(UnwritableError);
    await write(sink, scoredBatch('a'));
    expect(database.connections).toBe(made);
    expect(await database.count('prediction_log.predictions')).toBe(1);
  });
});
