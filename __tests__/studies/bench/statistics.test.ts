import { describe, expect, it } from '@jest/globals';

import { ratios, shuffled, significant, spread } from '../../../studies/bench/statistics';

describe('spread', () => {
  it('takes the middle of an odd number of values, whatever their order', () => {
    expect(spread([9, 1, 4])).toEqual({ median: 4, range: [1, 9] });
  });

  it('takes the mean of the two in the middle of an even number', () => {
    expect(spread([10, 2, 4, 1])).toEqual({ median: 3, range: [1, 10] });
  });
});

describe('ratios', () => {
  it('compares within each rotation, so that a slow rotation does not count', () => {
    expect(ratios([100, 10, 110], [50, 5, 50])).toEqual({ median: 2, range: [2, 2.2] });
  });
});

describe('shuffled', () => {
  it('keeps every item and leaves the list as it was', () => {
    const items = [1, 2, 3, 4, 5];
    expect(shuffled(items).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
    expect(items).toEqual([1, 2, 3, 4, 5]);
  });

  it('can put any item first', () => {
    const firsts = new Set([0, 0.3, 0.6, 0.9].map((value) => shuffled([1, 2, 3, 4], () => value)[0]));
    expect(firsts.size).toBeGreaterThan(1);
  });
});

describe('significant', () => {
  it('keeps three digits', () => {
    expect([12_345, 0.012345, 3.3333].map(significant)).toEqual([12_300, 0.0123, 3.33]);
  });
});
