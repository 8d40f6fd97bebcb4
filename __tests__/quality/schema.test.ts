import { afterAll, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { migrate } from '../../quality/src/schema/migrate';
import { LABELS_WRITER_ROLE, QUALITY_ROLE } from '../../quality/src/schema/migrations';
import { QualityDatabase } from './support/database';

jest.setTimeout(60_000);
const database = await QualityDatabase.start();

beforeEach(() => database.reset());
afterAll(() => database.postgres.close());

const predicted = () =>
  database.rows(`
    SELECT (now() AT TIME ZONE 'UTC')::date - day AS age, version, bin, decision, count::int
    FROM quality.predicted ORDER BY day, version, bin`);

describe('the schema', () => {
  it('is unchanged by a second migration', async () => {
    const before = await database.rows('SELECT * FROM quality.migrations');
    await migrate(database.client);
    expect(await database.rows('SELECT * FROM quality.migrations')).toEqual(before);
  });

  it('is created completely or not at all', async () => {
    await database.run('DROP SCHEMA quality CASCADE; CREATE SCHEMA quality; CREATE TABLE quality.delays ()');
    await expect(migrate(database.client)).rejects.toThrow('already exists');
    expect(await database.rows("SELECT to_regclass('quality.labels') AS made")).toEqual([{ made: null }]);
  });
});

describe('the role that writes labels', () => {
  beforeEach(() => database.run(`SET ROLE ${LABELS_WRITER_ROLE}`));

  it('may add them', async () => {
    await database.label({ id: 'a', label: true });
    await database.run('RESET ROLE');
    expect(await database.rows('SELECT prediction_id FROM quality.labels')).toEqual([{ prediction_id: 'a' }]);
  });

  it.each([
    'SELECT * FROM quality.labels',
    'DELETE FROM quality.labels',
    'UPDATE quality.labels SET label = false',
    "INSERT INTO quality.labels (model, prediction_id, label, source, arrived_at) VALUES ('m', 'a', true, 's', 'epoch')",
    'SELECT quality.join_labels(1)',
    'SELECT quality.maintain()',
    'SELECT * FROM prediction_log.predictions',
    'CREATE TABLE quality.more ()',
  ])('may not %s', async (statement) => {
    await expect(database.run(statement)).rejects.toThrow('permission denied');
  });
});

describe('the role of the exporter', () => {
  beforeEach(() => database.run(`SET ROLE ${QUALITY_ROLE}`));

  it.each([
    'SELECT quality.join_labels(1)',
    'SELECT quality.count_days(1)',
    'SELECT quality.maintain()',
    'SELECT * FROM quality.labelled',
  ])('may %s', async (statement) => {
    await expect(database.run(statement)).resolves.toBeUndefined();
  });

  it.each([
    'DELETE FROM quality.labels',
    'UPDATE quality.labelled SET count = 0',
    'SELECT * FROM prediction_log.predictions',
    "SELECT quality.count_outcome('fraud', 'x', 'joined')",
  ])('may not %s', async (statement) => {
    await expect(database.run(statement)).rejects.toThrow('permission denied');
  });
});

describe('days', () => {
  it('are counted once they are over, newest first', async () => {
    await database.predict(
      { id: 'a', score: 0.25, age: 3 },
      { id: 'b', score: 0.25, age: 3 },
      { id: 'c', score: 0.75, age: 3, version: 2 },
      { id: 'd', score: 0.75, age: 5 },
      { id: 'today', score: 0.75, age: 0 },
    );
    await database.run('SELECT quality.count_days(3)');
    const third = [
      { age: 3, version: '1', bin: 250, decision: false, count: 2 },
      { age: 3, version: '2', bin: 750, decision: true, count: 1 },
    ];
    expect(await predicted()).toEqual(third);
    await database.run('SELECT quality.count_days(100)');
    expect(await predicted()).toEqual([
      { age: 5, version: '1', bin: 750, decision: true, count: 1 },
      ...third,
    ]);
  });

  it('are counted again a day later, and never after that', async () => {
    await database.predict({ id: 'a', score: 0.25, age: 3 });
    await database.run('SELECT quality.count_days(100)');
    await database.predict({ id: 'late', score: 0.25, age: 3 });
    await database.run('SELECT quality.count_days(100)');
    expect(await predicted()).toEqual([{ age: 3, version: '1', bin: 250, decision: false, count: 1 }]);
    // As if the first count had been an hour after the end of the day.
    await database.run("UPDATE quality.counted_days SET counted_at = day + interval '25 hours'");
    await database.run('SELECT quality.count_days(100)');
    expect(await predicted()).toEqual([{ age: 3, version: '1', bin: 250, decision: false, count: 2 }]);
  });

  it('keep their counts when the log drops them', async () => {
    await database.predict({ id: 'a', score: 0.25, age: 3 });
    await database.run('SELECT quality.count_days(100); DELETE FROM prediction_log.predictions');
    await database.run('SELECT quality.count_days(100)');
    expect(await predicted()).toHaveLength(1);
  });
});

it('keeps nothing longer than the retention', async () => {
  await database.predict({ id: 'a', score: 0.25, age: 60 }, { id: 'b', score: 0.25, age: 6 });
  await database.label({ id: 'a', label: true }, { id: 'b', label: true });
  await database.join();
  await database.run(`
    SELECT quality.count_days(100);
    UPDATE quality.labels SET arrived_at = now() - interval '60 days' WHERE prediction_id = 'a';
    UPDATE quality.retention SET label_days = 50, count_days = 50;
    SELECT quality.maintain()`);
  expect(
    await database.rows(`
      SELECT (SELECT count(*)::int FROM quality.labels) AS labels, (SELECT count(*)::int FROM quality.joined) AS joined,
        (SELECT count(*)::int FROM quality.labelled) AS labelled, (SELECT count(*)::int FROM quality.predicted) AS predicted`),
  ).toEqual([{ labels: 1, joined: 1, labelled: 1, predicted: 1 }]);
});
