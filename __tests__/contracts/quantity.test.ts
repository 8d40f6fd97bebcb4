import { describe, expect, it } from '@jest/globals';
import { mebibytes, scalar } from '../../contracts/quantity';

describe('a Kubernetes quantity', () => {
  it.each([
    ['0', 0],
    ['1', 1],
    ['1.5', 1.5],
    ['.5', 0.5],
    ['-2', -2],
    ['250m', 0.25],
    ['1k', 1000],
    ['1M', 1_000_000],
    ['2G', 2_000_000_000],
    ['1Ki', 1024],
    ['1.5Gi', 1.5 * 1024 ** 3],
    ['1Ti', 1024 ** 4],
    ['12e6', 12_000_000],
    ['12E6', 12_000_000],
    ['1E', 1e18],
    ['1e-3', 0.001],
  ])('%s is %d', (quantity, expected) => {
    expect(scalar(quantity)).toBeCloseTo(expected, 9);
  });

  it.each(['', 'Gi', '1gi', '1 Gi', '1GiB', '1.2.3', 'e6', '0x10', 'Infinity'])('is never %j', (text) => {
    expect(() => scalar(text)).toThrow(`not a Kubernetes quantity: "${text}"`);
  });
});

describe('memory in MiB', () => {
  it.each([
    ['256Mi', 256],
    ['3Gi', 3072],
    ['2048Ki', 2],
    ['1048576', 1],
    ['1G', 954],
    ['500M', 477],
    ['134217728k', 128_000],
    ['0', 0],
  ])('of %s is %d', (quantity, expected) => {
    expect(mebibytes(quantity)).toBe(expected);
  });
});
