import { afterAll, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { OTHER_MODEL, QualityDatabase } from './support/database';

// PostgreSQL in WebAssembly is slow while everything else runs beside it.
jest.setTimeout(60_000);
const database = await QualityDatabase.start();

beforeEach(() => database.reset());
afterAll(() => database.postgres.close());

describe('a label', () => {
  it("is counted by its prediction's score, decision and day", async () => {
    await database.predict({ id: 'a', score: 0.7125 }, { id: 'b', score: 0.25 });
    await database.label({ id: 'a', label: true }, { id: 'b', label: false });
    await database.join();
    expect(await database.outcomes()).toEqual({ joined: 2 });
    expect(await database.labelled()).toEqual({ '1/712/t/t/f': 1, '1/250/f/f/f': 1 });
    expect(
      await database.rows(`SELECT (now() AT TIME ZONE 'UTC')::date - day AS age FROM quality.labelled`),
    ).toEqual([{ age: 10 }, { age: 10 }]);
  });

  it.each([
    [0, '1/0/f/t/f'],
    [0.9999, '1/999/t/t/f'],
    [1, '1/999/t/t/f'],
    [1.5, '1/-1/t/t/f'],
    [-0.5, '1/-1/f/t/f'],
  ])('of a score of %d is counted as %s', async (score, key) => {
    await database.predict({ id: 'a', score });
    await database.label({ id: 'a', label: true });
    await database.join();
    expect(await database.labelled()).toEqual({ [key]: 1 });
  });

  it('joins the latest answer of every version that answered with that id', async () => {
    await database.predict(
      { id: 'a', score: 0.1, age: 12 },
      { id: 'a', score: 0.2, age: 10 },
      { id: 'a', score: 0.3, version: 2 },
    );
    await database.label({ id: 'a', label: true });
    await database.join();
    expect(await database.labelled()).toEqual({ '1/200/f/t/f': 1, '2/300/f/t/f': 1 });
    expect(await database.outcomes()).toEqual({ joined: 1 });
  });

  it('joins the answer given at the time that it names', async () => {
    await database.predict({ id: 'a', score: 0.125, age: 12 }, { id: 'a', score: 0.25, age: 4 });
    await database.label({ id: 'a', label: true, predicted: 12 });
    await database.join();
    expect(await database.labelled()).toEqual({ '1/125/f/t/f': 1 });
  });

  it("of a row in a batch joins by the row's id, or by request id and row number", async () => {
    await database.predict({ id: 'r/0', row: 0, score: 0.125 }, { id: 'r/1', row: 1, score: 0.75 });
    await database.label({ id: 'r/1', label: true }, { id: 'r', row: 0, label: false });
    await database.join();
    expect(await database.labelled()).toEqual({ '1/125/f/f/f': 1, '1/750/t/t/f': 1 });
  });

  it('that says an alert was raised is counted apart', async () => {
    await database.predict({ id: 'a', score: 0.75 });
    await database.label({ id: 'a', label: true, source: 'alert' });
    await database.join();
    expect(await database.labelled()).toEqual({ '1/750/t/t/t': 1 });
  });

  it('is counted with its delay', async () => {
    await database.predict({ id: 'a', score: 0.5, age: 3 }, { id: 'b', score: 0.5, age: 0 });
    await database.label({ id: 'a', label: true }, { id: 'b', label: true });
    await database.join();
    expect(
      await database.rows(
        'SELECT bucket, count::int, round(seconds_sum / 86400) AS days FROM quality.delays ORDER BY bucket',
      ),
    ).toEqual([
      { bucket: 0, count: 1, days: 0 },
      { bucket: 6, count: 1, days: 3 },
    ]);
  });
});

describe('a label that is sent again', () => {
  it('is counted as a duplicate and changes nothing', async () => {
    await database.predict({ id: 'a', score: 0.75 });
    for (let times = 0; times < 3; times++) {
      await database.label({ id: 'a', label: true });
      await database.join();
    }
    expect(await database.outcomes()).toEqual({ duplicate: 2, joined: 1 });
    expect(await database.labelled()).toEqual({ '1/750/t/t/f': 1 });
  });

  it('twice in one batch is joined once', async () => {
    await database.predict({ id: 'a', score: 0.75 });
    await database.label({ id: 'a', label: true }, { id: 'a', label: true });
    await database.join();
    expect(await database.outcomes()).toEqual({ duplicate: 1, joined: 1 });
    expect(await database.labelled()).toEqual({ '1/750/t/t/f': 1 });
  });

  it('with another value wins and is counted', async () => {
    await database.predict({ id: 'a', score: 0.75 });
    await database.label({ id: 'a', label: true }, { id: 'a', label: false });
    await database.join();
    expect(await database.outcomes()).toEqual({ contradicting: 1, joined: 1 });
    expect(await database.labelled()).toEqual({ '1/750/t/f/f': 1 });
  });

  it('after the prediction left the log still counts against the earlier one', async () => {
    await database.predict({ id: 'a', score: 0.75 });
    await database.label({ id: 'a', label: true });
    await database.join();
    await database.run('DELETE FROM prediction_log.predictions');
    await database.label({ id: 'a', label: false });
    await database.join();
    expect(await database.outcomes()).toEqual({ contradicting: 1, joined: 1 });
    expect(await database.labelled()).toEqual({ '1/750/t/f/f': 1 });
  });

  it('from elsewhere does not undo that an alert was raised', async () => {
    await database.predict({ id: 'a', score: 0.75 });
    await database.label({ id: 'a', label: true, source: 'alert' }, { id: 'a', label: false });
    await database.join();
    expect(await database.labelled()).toEqual({ '1/750/t/f/t': 1 });
  });
});

describe('a label before its prediction', () => {
  it('is kept, counted once, and joined when the prediction is stored', async () => {
    await database.label({ id: 'a', label: true });
    await database.join();
    await database.join();
    expect(await database.outcomes()).toEqual({ unknown: 1 });
    await database.predict({ id: 'a', score: 0.75, age: 1 });
    await database.run("UPDATE quality.labels SET next_attempt = now() - interval '1 s'");
    await database.join();
    expect(await database.outcomes()).toEqual({ joined: 1, unknown: 1 });
    expect(await database.labelled()).toEqual({ '1/750/t/t/f': 1 });
  });

  it('is retried ever more rarely, and finally given up', async () => {
    await database.label({ id: 'a', label: true });
    const waits: number[] = [];
    for (let attempt = 0; attempt < 13; attempt++) {
      await database.join();
      const [row] = await database.rows<{ minutes: number }>(
        'SELECT (extract(epoch FROM next_attempt - now()) / 60)::int AS minutes FROM quality.labels',
      );
      waits.push(row?.minutes ?? NaN);
      await database.run("UPDATE quality.labels SET next_attempt = now() - interval '1 s'");
    }
    expect(waits.slice(0, 4)).toEqual([1, 2, 4, 8]);
    expect(waits.at(-1)).toBe(1_440);
    await database.run("UPDATE quality.labels SET arrived_at = now() - interval '31 days'");
    await database.join();
    expect(await database.rows('SELECT outcome, next_attempt FROM quality.labels')).toEqual([
      { outcome: 'expired', next_attempt: null },
    ]);
  });

  it('does not win over a later one that was joined first', async () => {
    await database.label({ id: 'a', label: false });
    await database.join();
    await database.predict({ id: 'a', score: 0.75, age: 0 });
    await database.label({ id: 'a', label: true });
    await database.join();
    await database.run("UPDATE quality.labels SET next_attempt = now() WHERE outcome = 'unknown'");
    await database.join();
    expect(await database.outcomes()).toEqual({ contradicting: 1, joined: 1, unknown: 1 });
    expect(await database.labelled()).toEqual({ '1/750/t/t/f': 1 });
  });

  it('does not join an answer that was given long after it arrived', async () => {
    await database.label({ id: 'a', label: true });
    await database.predict({ id: 'a', score: 0.75, age: -1 });
    await database.join();
    expect(await database.outcomes()).toEqual({ unknown: 1 });
  });
});

describe('a label that cannot be right', () => {
  it('from the future is refused under that name', async () => {
    await database.predict({ id: 'a', score: 0.75 });
    await database.label({ id: 'a', label: true, predicted: -1 });
    await database.join();
    expect(await database.outcomes()).toEqual({ future: 1 });
    expect(await database.labelled()).toEqual({});
  });

  it('of another model is refused under that name', async () => {
    await database.predict({ id: 'a', score: 0.75, version: OTHER_MODEL });
    await database.label({ id: 'a', label: true });
    await database.join();
    expect(await database.outcomes()).toEqual({ other_model: 1 });
    expect(await database.labelled()).toEqual({});
  });

  it.each([
    ["'', true, 'chargeback', NULL, NULL", 'prediction_id'],
    ["'a', NULL, 'chargeback', NULL, NULL", 'label'],
    ["'a', true, 'No good', NULL, NULL", 'source'],
    ["'a', true, 'chargeback', -1, NULL", 'row_number'],
    ["'a', true, 'chargeback', 0, 'infinity'", 'predicted_at'],
  ])('by its form (%s) is not stored', async (values, column) => {
    await expect(
      database.run(
        `INSERT INTO quality.labels (model, prediction_id, label, source, row_number, predicted_at)
         VALUES ('fraud', ${values})`,
      ),
    ).rejects.toThrow(column);
  });
});
