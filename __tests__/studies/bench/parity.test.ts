import { describe, expect, it } from '@jest/globals';

import { largestDifference } from '../../../studies/bench/parity';

describe('largestDifference', () => {
  it('is the largest over all rows', () => {
    expect(largestDifference([0.5, 0.25, 0.75], [0.5, 0.5, 0.75])).toBe(0.25);
  });

  it('is NaN when rows are missing', () => {
    expect(largestDifference([0.5], [0.5, 0.5])).toBe('1 scores for 2 rows');
  });

  it('is NaN when a score is', () => {
    expect(largestDifference([0.5, Number.NaN], [0.5, 0.5])).toBe('score NaN for row 1');
  });
});
