import { describe, expect, it } from '@jest/globals';

import { PredictionQueue } from '../../../model-server/src/predictions/prediction-queue';
import type { Slice } from '../../../model-server/src/predictions/records';
import { scoredBatch } from './fixtures/model';

const ROOMY = { maxRows: 10_000, maxBytes: 1024 ** 3 };

function summary(slices: readonly Slice[]): string[] {
  return slices.map(({ batch, from, to }) => `${batch.id}:${from}-${to}`);
}

describe('a prediction queue', () => {
  it('hands out the oldest rows first, and no more than requested', () => {
    const queue = new PredictionQueue(ROOMY);
    for (const id of ['a', 'b', 'c']) queue.offer(scoredBatch(id, 2));
    expect(summary(queue.peek(3, Infinity))).toEqual(['a:0-2', 'b:0-1']);
  });

  it('continues within a batch that was handed out in part', () => {
    const queue = new PredictionQueue(ROOMY);
    queue.offer(scoredBatch('a', 5));
    queue.offer(scoredBatch('b', 2));
    queue.remove(2);
    expect(summary(queue.peek(2, Infinity))).toEqual(['a:2-4']);
    queue.remove(2);
    expect(summary(queue.peek(2, Infinity))).toEqual(['a:4-5', 'b:0-1']);
  });

  it('keeps rows until they are removed', () => {
    const queue = new PredictionQueue(ROOMY);
    queue.offer(scoredBatch('a', 2));
    queue.peek(2, Infinity);
    expect(summary(queue.peek(2, Infinity))).toEqual(['a:0-2']);
    expect(queue.rows).toBe(2);
  });

  it('keeps order and count over many turns', () => {
    const queue = new PredictionQueue(ROOMY);
    const seen: string[] = [];
    for (let i = 0; i < 3000; i++) {
      queue.offer(scoredBatch(String(i), 1 + (i % 3)));
      if (i % 7 !== 0) continue;
      const slices = queue.peek(10, Infinity);
      for (const { batch, from, to } of slices)
        for (let row = from; row < to; row++) seen.push(`${batch.id}/${row}`);
      queue.remove(slices.reduce((rows, { from, to }) => rows + to - from, 0));
    }
    const all = Array.from({ length: 3000 }, (_, i) =>
      Array.from({ length: 1 + (i % 3) }, (_row, row) => `${i}/${row}`),
    ).flat();
    expect(seen).toEqual(all.slice(0, seen.length));
    expect(seen.length + queue.rows).toBe(all.length);
  });

  it('refuses rows beyond its bound until there is room', () => {
    const queue = new PredictionQueue({ ...ROOMY, maxRows: 4 });
    expect(queue.offer(scoredBatch('a', 3))).toBe(true);
    expect(queue.offer(scoredBatch('b', 2))).toBe(false);
    expect(queue.rows).toBe(3);
    queue.remove(1);
    expect(queue.offer(scoredBatch('c', 2))).toBe(true);
  });

  it('refuses texts beyond its memory limit', () => {
    const queue = new PredictionQueue({ ...ROOMY, maxBytes: 10_000 });
    const long = scoredBatch('a', 1, { inputs: [['x'.repeat(3000)]] });
    expect([queue.offer(long), queue.offer(long)]).toEqual([true, false]);
  });

  it('frees memory on removal', () => {
    const queue = new PredictionQueue({ ...ROOMY, maxBytes: 10_000 });
    const long = scoredBatch('a', 1, { inputs: [['x'.repeat(3000)]] });
    for (let i = 0; i < 10; i++) {
      expect(queue.offer(long)).toBe(true);
      queue.remove(1);
    }
  });

  it('takes a batch larger than its limit while empty', () => {
    const queue = new PredictionQueue({ ...ROOMY, maxRows: 4 });
    expect(queue.offer(scoredBatch('a', 9))).toBe(true);
  });

  it('hands out fewer rows if they are large', () => {
    const queue = new PredictionQueue(ROOMY);
    for (const id of ['a', 'b', 'c'])
      queue.offer(scoredBatch(id, 4, { inputs: [Array.from({ length: 8 }, () => 'x'.repeat(1000))] }));
    expect(summary(queue.peek(1000, 20_000))).toEqual(['a:0-4', 'b:0-1']);
  });

  it('hands out at least one row, however large', () => {
    const queue = new PredictionQueue(ROOMY);
    queue.offer(scoredBatch('a', 2, { inputs: [['x'.repeat(9000), 'y'.repeat(9000)]] }));
    expect(summary(queue.peek(1000, 100))).toEqual(['a:0-1']);
  });

  it('does not keep the buffer behind a view', () => {
    const queue = new PredictionQueue(ROOMY);
    const run = new Float32Array(100_000).fill(7);
    queue.offer(scoredBatch('a', 1, { inputs: [run.subarray(10, 12)], scores: run.subarray(50, 51) }));
    const [slice] = queue.peek(1, Infinity);
    const values = slice?.batch.inputs[0] as Float32Array;
    expect([...values, ...(slice?.batch.scores ?? [])]).toEqual([7, 7, 7]);
    expect(values.buffer.byteLength).toBe(8);
    expect(slice?.batch.scores?.buffer.byteLength).toBe(4);
  });
});
