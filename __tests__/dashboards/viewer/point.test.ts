import { describe, expect, it } from '@jest/globals';
import { point } from '../../../dashboards/viewer/page/prometheus/api';

describe('a point of a line', () => {
  it.each([
    ['0.25', 0.25],
    ['1e-05', 0.00001],
    ['+Inf', Infinity],
    ['NaN', null],
  ])('%s is %p', (text, expected) => {
    expect(point(text)).toBe(expected);
  });
});
