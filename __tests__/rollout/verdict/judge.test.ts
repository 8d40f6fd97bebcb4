import { describe, expect, it } from '@jest/globals';
import type { SplitTally, Verdict } from '../../../contracts/canary';
import { judgePaired, judgeSplit, overall, timesMore } from '../../../rollout/verdict/judge';

const ALPHA = 0.005;
const MARGIN = 0.005;

const split = (weight: number, canary: [number, number], champion: [number, number]): SplitTally => ({
  weight,
  canary: { events: canary[0], requests: canary[1] },
  champion: { events: champion[0], requests: champion[1] },
});
const judged = (...splits: SplitTally[]) => judgeSplit(splits, MARGIN, ALPHA).verdict;

describe('a canary beside its champion is', () => {
  it('worse with events that the champion does not have', () => {
    expect(judged(split(5, [8, 160], [0, 3_040]))).toBe('worse');
  });

  it('not worse because both have many', () => {
    expect(judged(split(5, [8, 160], [152, 3_040]))).toBe('not-enough-evidence');
  });

  it('no worse once the evidence leaves no larger difference than the margin', () => {
    expect(judged(split(5, [0, 2_000], [0, 38_000]))).toBe('not-enough-evidence');
    expect(judged(split(5, [0, 3_000], [0, 57_000]))).toBe('no-worse');
  });

  it('better where the champion has all the events', () => {
    expect(judged(split(50, [0, 1_000], [40, 1_000]))).toBe('better');
  });

  it('not enough evidence without any', () => {
    expect(judged()).toBe('not-enough-evidence');
    expect(judged(split(5, [0, 0], [0, 0]))).toBe('not-enough-evidence');
  });

  it('worse by what two weights show together, neither of them alone', () => {
    const [first, second] = [split(5, [3, 100], [1, 1_900]), split(25, [12, 100], [6, 300])];
    expect(judged(first)).toBe('not-enough-evidence');
    expect(judged(second)).toBe('not-enough-evidence');
    expect(judged(first, second)).toBe('worse');
  });

  it('no worse by the newest weight alone: another hour is another world', () => {
    expect(judged(split(5, [0, 3_000], [0, 57_000]), split(25, [0, 10], [0, 30]))).toBe(
      'not-enough-evidence',
    );
  });
});

describe('decisions on the same rows', () => {
  const paired = (rows: number, candidateWrong: number, championWrong: number): Verdict =>
    judgePaired({ rows, candidateWrong, championWrong }, 0.03, ALPHA).verdict;

  it.each<[string, number, number, number, Verdict]>([
    ['five points of recall lost', 2_240, 157, 45, 'worse'],
    ['five points gained', 2_240, 45, 157, 'better'],
    ['as many lost as gained', 3_360, 50, 50, 'no-worse'],
    ['a few rows', 80, 2, 2, 'not-enough-evidence'],
  ])('%s', (_, rows, candidateWrong, championWrong, verdict) => {
    expect(paired(rows, candidateWrong, championWrong)).toBe(verdict);
  });
});

it('a rollout is as bad as its worst gate, and has as little evidence as its poorest', () => {
  expect(overall(['no-worse', 'worse', 'not-enough-evidence'])).toBe('worse');
  expect(overall(['no-worse', 'not-enough-evidence', 'better'])).toBe('not-enough-evidence');
  expect(overall(['no-worse', 'better'])).toBe('better');
  expect(overall(['no-worse', 'no-worse'])).toBe('no-worse');
  expect(overall([])).toBe('not-enough-evidence');
});

describe('how many times more evidence would do', () => {
  const times = (events: number, requests: number) =>
    timesMore((factor) =>
      judgeSplit(
        [split(5, [events * factor, requests * factor], [0, 19 * requests * factor])],
        MARGIN,
        ALPHA,
      ),
    );

  it('is found', () => {
    const factor = times(0, 1_000) ?? 0;
    expect(judged(split(5, [0, 1_000 * factor], [0, 19_000 * factor]))).toBe('no-worse');
    expect(judged(split(5, [0, 950 * factor], [0, 18_050 * factor]))).toBe('not-enough-evidence');
  });

  it('is unknown without a request', () => {
    expect(times(0, 0)).toBeUndefined();
  });
});
