import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findPrediction } from '../../../cli/src/trace/prediction';
import { QualityDatabase } from '../../quality/support/database';

let database: QualityDatabase;

beforeAll(async () => {
  database = await QualityDatabase.start();
  await database.reset();
  await database.predict(
    { id: 'single', score: 0.75 },
    { id: 'batch/0', row: 0, score: 0.25 },
    { id: 'batch/1', row: 1, score: 0.5, version: 2 },
    { id: 'again', age: 9, score: 0.5, version: 2 },
    { id: 'again', age: 5, score: 0.125 },
  );
}, 60_000);

afterAll(() => database.postgres.close());

describe('the row of a prediction', () => {
  const find = (id: string) => findPrediction(database.client, id);

  it('is found by its id, with version, score and time', async () => {
    const row = await find('single');
    expect(row).toMatchObject({ model: 'fraud', version: '1', score: 0.75, decision: true });
    expect(row?.at).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  it('of a batch is found by its row, or as the first one by the request', async () => {
    expect(await find('batch/1')).toMatchObject({ version: '2', score: 0.5 });
    expect(await find('batch')).toMatchObject({ predictionId: 'batch/0', score: 0.25 });
  });

  it('is the newest where an id was used twice', async () => {
    expect(await find('again')).toMatchObject({ version: '1', score: 0.125 });
  });

  it('is undefined for an id that nobody stored', async () => {
    expect(await find("x' OR true --")).toBeUndefined();
  });
});
