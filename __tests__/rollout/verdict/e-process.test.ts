import { describe, expect, it } from '@jest/globals';
import betaln from '@stdlib/math-base-special-betaln';
import { logRatioE, logShareE, logSplitE, shareBounds } from '../../../rollout/verdict/e-process';
import golden from './fixtures/golden.json' with { type: 'json' };

/** ln of the probability of `events` of `total` when each is one with the probability `share`. */
const logBinomial = (events: number, total: number, share: number) =>
  -Math.log(total + 1) -
  betaln(1 + events, 1 + total - events) +
  events * Math.log(share) +
  (total - events) * Math.log1p(-share);

/** E[E] over all outcomes of `total` events. */
const expectation = (total: number, share: number, logE: (events: number) => number) =>
  Array.from({ length: total + 1 }, (_, events) =>
    Math.exp(logBinomial(events, total, share) + logE(events)),
  ).reduce((sum, each) => sum + each);

describe('E of a split', () => {
  it.each(golden.splits)('is that of ssrm-test: $canary and $champion at $share', (each) => {
    expect(logSplitE(each.canary, each.champion, each.share)).toBeCloseTo(Math.log(each.e), 9);
  });

  it.each([
    [1, 0.05],
    [10, 0.05],
    [300, 0.05],
    [60, 0.25],
    [200, 0.5],
  ])('is 1 on average without a difference: %d events at %d', (total, share) => {
    const average = expectation(total, share, (events) => logSplitE(events, total - events, share));
    expect(average).toBeCloseTo(1, 9);
  });

  it('reaches 1,000 with six errors, all of them in a canary at 5 %', () => {
    expect(Math.exp(logSplitE(5, 0, 0.05))).toBeLessThan(1_000);
    expect(Math.exp(logSplitE(6, 0, 0.05))).toBeGreaterThan(1_000);
  });
});

describe('E of a ratio', () => {
  const split = (weight: number, canary: number, champion: number) => ({
    weight,
    canary: { requests: NaN, events: canary },
    champion: { requests: NaN, events: champion },
  });
  const shareAt = (weight: number, ratio: number) => (ratio * weight) / (ratio * weight + 100 - weight);
  const average = (total: number, weight: number, ratio: number, factor: number) =>
    expectation(total, shareAt(weight, ratio), (events) =>
      logRatioE([split(weight, events, total - events)], factor),
    );

  it.each([
    [1, 5, 10],
    [40, 5, 10],
    [40, 95, 10],
    [100, 50, 1.5],
  ])('is 1 on average at the factor: %d events at %d %%, factor %d', (total, weight, factor) => {
    expect(average(total, weight, factor, factor)).toBeCloseTo(1, 9);
  });

  it.each([0.1, 1, 5, 9.9])('is less on average within it: %d times as often, factor 10', (ratio) => {
    expect(average(40, 5, ratio, 10)).toBeLessThan(1);
  });

  it('is that of all weights together, each of which held its own share', () => {
    const [first, second] = [split(5, 3, 2), split(25, 7, 1)];
    const both = logRatioE([first, second], 10);
    // 3 and 7 of the canary's events, and 2 and 1 of the champion's, by hand: shares are 10/29 and 10/13 at the factor.
    const ratio = (excess: number) => {
      const [one, other] = [shareAt(5, 10 * excess), shareAt(25, 10 * excess)];
      return (
        (one / (10 / 29)) ** 3 *
        ((1 - one) / (19 / 29)) ** 2 *
        (other / (10 / 13)) ** 7 *
        ((1 - other) / (3 / 13))
      );
    };
    expect(Math.exp(both)).toBeCloseTo((ratio(2) + ratio(8) + ratio(32)) / 3, 9);
  });

  it('says nothing before the first event', () => {
    expect(logRatioE([split(5, 0, 0)], 10)).toBeCloseTo(0, 12);
  });
});

describe('the confidence sequence of a share', () => {
  it.each(golden.shares)('is that of ville: $events of $requests at $alpha', (each) => {
    const [lower, upper] = shareBounds(each.events, each.requests, each.alpha);
    expect(lower).toBeCloseTo(each.lower, 9);
    expect(upper).toBeCloseTo(each.upper, 9);
  });

  it.each([
    [10, 0.01],
    [300, 0.01],
    [200, 0.5],
  ])('rests on an E that is 1 on average: %d requests at %d', (total, share) => {
    const average = expectation(total, share, (events) => logShareE(events, total, share));
    expect(average).toBeCloseTo(1, 9);
  });

  it('takes 1,160 requests without an error to exclude 1 % at 0.01', () => {
    expect(shareBounds(0, 1_150, 0.01)[1]).toBeGreaterThan(0.01);
    expect(shareBounds(0, 1_170, 0.01)[1]).toBeLessThan(0.01);
  });

  it('excludes nothing before the first request', () => {
    expect(shareBounds(0, 0, 0.01)).toEqual([0, 1]);
  });
});
