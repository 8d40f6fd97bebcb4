import { describe, expect, it } from '@jest/globals';
import { quantile } from './quantile';

describe('a quantile', () => {
  const twenty = Array.from({ length: 20 }, (_, at) => 20 - at);

  it('is a value that was measured, in any order', () => {
    expect(quantile(twenty, 0.5)).toBe(10);
    expect(quantile(twenty, 0.95)).toBe(19);
    expect(quantile([7], 0.95)).toBe(7);
  });

  it('of nothing is an error, not a number', () => {
    expect(() => quantile([], 0.95)).toThrow('no value was measured');
  });
});
