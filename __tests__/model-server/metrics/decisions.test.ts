import { Registry } from 'prom-client';
import { describe, expect, it } from '@jest/globals';

import { Decisions } from '../../../model-server/src/metrics/decisions';
import { scrape } from './exposition';

/** Requests by decision, after batches with these scores. */
async function counted(...batches: readonly (readonly number[] | undefined)[]) {
  const registry = new Registry();
  const decisions = new Decisions(registry, 0.5);
  for (const scores of batches) {
    const rows = scores?.length ?? 1;
    // What lies behind the rows is of another request.
    const padded = scores && Float32Array.from([...scores, 1]);
    decisions.observe({ id: 'a', at: 0, rows, inputs: [], scores: padded });
  }
  return Object.fromEntries(
    (await scrape(registry)).map(({ labels: { decision = '' }, value }) => [decision, value]),
  );
}

describe('decided requests', () => {
  it('begin at 0, so that the first one is seen to be one more', async () => {
    expect(await counted()).toEqual({ positive: 0, negative: 0 });
  });

  it('are positive from the threshold on, as in the answer', async () => {
    expect(await counted([0.5], [0.49999], [1], [0])).toEqual({ positive: 2, negative: 2 });
  });

  it('count once, however many of their rows are positive', async () => {
    expect(await counted([0, 0.9, 0.9], [0.1, 0.2])).toEqual({ positive: 1, negative: 1 });
  });

  it('are none of a model without a score', async () => {
    expect(await counted(undefined)).toEqual({ positive: 0, negative: 0 });
  });
});
