import { afterAll, beforeEach, describe, expect, it, jest } from '@jest/globals';

import type { Label } from '../../contracts/labels';
import { outcomesOf, storeLabels } from '../../quality/src/labels/store';
import { QUALITY_ROLE } from '../../quality/src/schema/migrations';
import { QualityDatabase } from './support/database';

// PostgreSQL in WebAssembly is slow while everything else runs beside it.
jest.setTimeout(60_000);
const database = await QualityDatabase.start();

beforeEach(async () => {
  await database.reset();
  await database.predict({ id: 'a', score: 0.75 }, { id: 'b', score: 0.25 });
  // With the rights of the service, and no more.
  await database.run(`SET ROLE ${QUALITY_ROLE}`);
});
afterAll(() => database.postgres.close());

const label = (id: string, value = true): Label => ({
  prediction_id: id,
  label: value,
  source: 'chargeback',
});
const store = (...labels: readonly Label[]) => storeLabels(database.client, 'fraud', labels);
const outcomes = (receipt: string, model = 'fraud') => outcomesOf(database.client, model, receipt);

describe('labels that were stored', () => {
  it('are found by their receipt, waiting at first, then as they were joined', async () => {
    const receipt = await store(label('a'), label('b', false), label('nobody'));
    expect(await outcomes(receipt)).toEqual({ outcomes: { waiting: 3 } });
    await database.join();
    expect(await outcomes(receipt)).toEqual({ outcomes: { joined: 2, unknown: 1 } });
  });

  it('are told apart from those of others, even interleaved ones', async () => {
    const first = await store(label('a'));
    const second = await store(label('b'));
    await database.join();
    const third = await store(label('a'), label('b', false));
    await database.join();
    expect(await outcomes(first)).toEqual({ outcomes: { joined: 1 } });
    expect(await outcomes(third)).toEqual({ outcomes: { contradicting: 1, duplicate: 1 } });
    const [from] = first.split('-');
    const [, to, at] = third.split('-');
    expect(await outcomes(`${from}-${to}-${at}`)).toEqual(await outcomes(third));
    expect(second).not.toBe(first);
  });

  it.each(['', '1-2', '1-2-3', 'x-1-1', "1-2-3'; DROP TABLE quality.labels", '9'.repeat(19)])(
    'are not found by the receipt "%s"',
    async (receipt) => {
      await store(label('a'));
      expect(await outcomes(receipt)).toBeUndefined();
    },
  );

  it('are not found for another model', async () => {
    expect(await outcomes(await store(label('a')), 'churn')).toBeUndefined();
  });
});
