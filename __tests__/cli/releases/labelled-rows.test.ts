import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { labelledRows, newestRows } from '../../../cli/src/releases/labelled-rows';
import { LOG_READER_ROLE } from '../../../quality/src/schema/migrations';
import { QualityDatabase } from '../../quality/support/database';

const LABEL_DAYS = 7;

let database: QualityDatabase;

beforeAll(async () => {
  database = await QualityDatabase.start();
  await database.run(`CREATE ROLE ${LOG_READER_ROLE}`);
  await database.reset();
  // One feature, so that rows can be told apart: the score again.
  await database.run(`UPDATE prediction_log.model_versions SET features =
    '[{"name": "amount", "datatype": "FP32", "stored_in": "reals", "slot": 1}]'`);
  await database.predict(
    { id: 'old', age: 12, score: 0.75 },
    { id: 'older', age: 20, score: 0.25 },
    { id: 'batch/0', row: 0, age: 12, score: 0.5 },
    { id: 'young', age: 3, score: 0.75 },
    { id: 'ancient', age: 60, score: 0.75 },
    { id: 'negative', age: 12, score: 0.125 },
    { id: 'unlabelled', age: 12, score: 0.75 },
    { id: 'other version', age: 12, score: 0.75, version: 2 },
  );
  await database.run('UPDATE prediction_log.predictions SET reals = ARRAY[score]');
  await database.label(
    ...['old', 'older', 'batch/0', 'young', 'ancient', 'other version'].map((id) => ({ id, label: true })),
    { id: 'negative', label: false },
  );
  await database.join();
  // As the command line reads.
  await database.run(`SET ROLE ${LOG_READER_ROLE}`);
}, 60_000);

afterAll(() => database.postgres.close());

describe('labelled rows of the prediction log', () => {
  const find = (label: boolean, most = 100, champion = '1') =>
    labelledRows(database.client, { model: 'fraud', champion, label, most }, LABEL_DAYS);

  it('are the champion’s, of days whose labels are all known, newest first, with features by name', async () => {
    expect(await find(true)).toEqual([
      { features: { amount: 0.5 }, label: true, decision: true },
      { features: { amount: 0.75 }, label: true, decision: true },
      { features: { amount: 0.25 }, label: true, decision: false },
    ]);
  });

  it('are found by their label', async () => {
    expect(await find(false)).toEqual([{ features: { amount: 0.125 }, label: false, decision: false }]);
  });

  it('are as many as wanted', async () => {
    expect(await find(true, 2)).toHaveLength(2);
  });

  it('are none of a version that decided on nothing', async () => {
    expect(await find(true, 100, '9')).toEqual([]);
  });
});

describe('the newest rows', () => {
  it('are those of the last week, of any version, labelled or not', async () => {
    expect(await newestRows(database.client, 'fraud', 10)).toEqual([{ amount: 0.75 }]);
  });
});
