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
  /** Requests and events of both. */
  const split = (requests: readonly [number, number], events: readonly [number, number]) => ({
    weight: NaN,
    canary: { requests: requests[0], events: events[0] },
    champion: { requests: requests[1], events: events[1] },
  });
  const shareAt = ([canary, champion]: readonly [number, number], ratio: number) =>
    (ratio * canary) / (ratio * canary + champion);
  const average = (total: number, requests: readonly [number, number], ratio: number, factor: number) =>
    expectation(total, shareAt(requests, ratio), (events) =>
      logRatioE([split(requests, [events, total - events])], factor),
    );

  it.each<[number, readonly [number, number], number]>([
    [1, [50, 950], 10],
    [40, [50, 950], 10],
    [40, [950, 50], 10],
    [100, [500, 500], 1.5],
  ])('is 1 on average at the factor: %d events of %j requests, factor %d', (total, requests, factor) => {
    expect(average(total, requests, factor, factor)).toBeCloseTo(1, 9);
  });

  it.each([0.1, 1, 5, 9.9])('is less on average within it: %d times as often, factor 10', (ratio) => {
    expect(average(40, [50, 950], ratio, 10)).toBeLessThan(1);
  });

  it('is that of all weights together, each of which held its own share', () => {
    const both = logRatioE([split([50, 950], [3, 2]), split([250, 750], [7, 1])], 10);
    // Shares are 10/29 and 10/13 at the factor.
    const ratio = (excess: number) => {
      const [one, other] = [shareAt([50, 950], 10 * excess), shareAt([250, 750], 10 * excess)];
      return (
        (one / (10 / 29)) ** 3 *
        ((1 - one) / (19 / 29)) ** 2 *
        (other / (10 / 13)) ** 7 *
        ((1 - other) / (3 / 13))
      );
    };
    expect(Math.exp(both)).toBeCloseTo((ratio(2) + ratio(8) + ratio(32)) / 3, 9);
  });

  it.each<[string, readonly [number, number], readonly [number, number]]>([
    ['before the first event', [50, 950], [0, 0]],
    ['while the champion is not counted', [350, 0], [17, 0]],
    ['while the canary is not counted', [0, 350], [0, 17]],
  ])('says nothing %s', (_, requests, events) => {
    expect(logRatioE([split(requests, events)], 10)).toBeCloseTo(0, 12);
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
