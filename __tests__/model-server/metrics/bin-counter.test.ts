import { describe, expect, it } from '@jest/globals';

import { BinCounter } from '../../../model-server/src/metrics/bin-counter';

/** The bin by definition: edges[i-1] < value ≤ edges[i]. */
function binOf(value: number, edges: Float32Array): number {
  const bin = edges.findIndex((edge) => value <= edge);
  return bin === -1 ? edges.length : bin;
}

/** Bins of one column after the values were counted. */
function count(edges: readonly number[], values: readonly number[]): number[] {
  const counter = new BinCounter([Float32Array.from(edges)]);
  counter.count(Float32Array.from(values), values.length);
  return [...counter.binsOf(0)];
}

/** The float32 right above a positive one. */
function next(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0] = (bits[0] ?? 0) + 1;
  return new Float32Array(bits.buffer)[0] ?? NaN;
}

describe('a bin', () => {
  it('includes its upper edge but not its lower', () => {
    expect(count([1, 2], [1, 1.5, 2])).toEqual([1, 2, 0]);
  });

  it('ends between two neighbouring float32 values', () => {
    const edge = Math.fround(0.1);
    expect(count([edge], [edge])).toEqual([1, 0]);
    expect(count([edge], [next(edge)])).toEqual([0, 1]);
  });

  it('holds a decimal number that becomes its edge as float32', () => {
    // 0.7 is above fround(0.7) and 0.1 below fround(0.1).
    expect(count([Math.fround(0.1), Math.fround(0.7)], [0.1, 0.7])).toEqual([1, 1, 0]);
  });

  it('treats zero and negative zero as one value', () => {
    expect(count([0], [0, -0])).toEqual([2, 0]);
    expect(count([-0], [0, -0])).toEqual([2, 0]);
  });

  it('at either end is open', () => {
    const huge = 3.4028234663852886e38;
    expect(count([-1, 1], [-huge, -Infinity, huge, Infinity])).toEqual([2, 0, 2]);
  });

  it('is the only one if there are no edges', () => {
    expect(count([], [-1, 0, 1e30])).toEqual([3]);
  });

  it('tells the smallest numbers from zero', () => {
    const smallest = 2 ** -149;
    expect(count([0], [smallest, -smallest])).toEqual([1, 1]);
  });

  it.each([1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 32, 63])('is the right one among %d edges', (length) => {
    const edges = Float32Array.from({ length }, (_, i) => Math.fround((i - length / 3) * 1.1));
    const values = [...edges].flatMap((edge) => [edge, edge - 0.5, edge + 0.5]);
    const expected = Array<number>(length + 1).fill(0);
    for (const value of values) {
      const bin = binOf(Math.fround(value), edges);
      expected[bin] = (expected[bin] ?? 0) + 1;
    }
    expect(count([...edges], values)).toEqual(expected);
  });
});

describe('counting rows', () => {
  const edges = [Float32Array.of(10), Float32Array.of(1, 2, 3, 4), new Float32Array(0)];
  const rows = Float32Array.of(5, 3, 0, 11, NaN, 0, NaN, 9, 0);

  it('keeps columns apart', () => {
    const counter = new BinCounter(edges);
    counter.count(rows, 3);
    expect([0, 1, 2].map((column) => [...counter.binsOf(column)])).toEqual([[1, 1], [0, 0, 1, 0, 1], [3]]);
  });

  it('counts missing values apart from every bin', () => {
    const counter = new BinCounter(edges);
    counter.count(rows, 3);
    expect([0, 1, 2].map((column) => counter.missingOf(column))).toEqual([1, 1, 0]);
  });

  it('stops after the given number of rows', () => {
    const counter = new BinCounter(edges);
    counter.count(rows, 1);
    expect([...counter.binsOf(0)]).toEqual([1, 0]);
  });

  it('adds up over calls', () => {
    const counter = new BinCounter(edges);
    for (let call = 0; call < 5; call++) counter.count(rows, 3);
    expect([...counter.binsOf(2)]).toEqual([15]);
  });
});
