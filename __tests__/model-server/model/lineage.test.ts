import { describe, expect, it } from '@jest/globals';

import { dataEndOf } from '../../../model-server/src/model/lineage';

const upTo = (to: unknown) => dataEndOf(JSON.stringify({ dataset: { digest: 'a', to } }));

describe('the end of a model’s data', () => {
  it.each([
    ['2026-03-01', Date.UTC(2026, 2, 1)],
    ['2026-03-01T12:00:00Z', Date.UTC(2026, 2, 1, 12)],
    ['2026-03-01T12:00:00+02:00', Date.UTC(2026, 2, 1, 10)],
  ])('%s is a point in time, whatever the zone of the machine', (to, milliseconds) => {
    expect(upTo(to)).toEqual({ seconds: milliseconds / 1000 });
  });

  it.each([
    ['no JSON', '{', 'lineage.json is not JSON'],
    ['nothing', '{}', 'lineage.json has no dataset.to'],
    ['another shape', '[1]', 'lineage.json has no dataset.to'],
    [
      'a day that is none',
      '{"dataset":{"to":"2026-13-01"}}',
      'lineage.json: dataset.to is "2026-13-01", expected a date such as 2026-03-01',
    ],
    [
      'a time without a zone',
      '{"dataset":{"to":"2026-03-01T12:00:00"}}',
      'lineage.json: dataset.to is "2026-03-01T12:00:00", expected a date such as 2026-03-01',
    ],
    ['a number', '{"dataset":{"to":5}}', 'lineage.json: dataset.to is 5, expected a date such as 2026-03-01'],
  ])('is unknown where lineage.json has %s', (_, text, unknown) => {
    expect(dataEndOf(text)).toEqual({ unknown });
  });
});
