import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

import type { LabelledCount } from '../../quality/src/statistics/counts';
import { logitInterval, proportion } from '../../quality/src/statistics/intervals';
import { expectedQuality, qualityOf } from '../../quality/src/statistics/quality';
import { areaUnderRoc } from '../../quality/src/statistics/ranking';

interface Case {
  readonly name: string;
  readonly scores: readonly number[];
  readonly labels: readonly number[];
  readonly threshold: number;
  readonly average_precision: number;
  readonly average_precision_of_scores: number;
  readonly auc_roc: number;
  readonly auc_roc_of_scores: number;
  readonly precision: number;
  readonly precision_interval: readonly [number, number];
  readonly recall: number;
  readonly recall_interval: readonly [number, number];
}

/** Made by fixtures/scikit_learn.py. */
const cases = JSON.parse(
  readFileSync(new URL('./fixtures/scikit-learn.json', import.meta.url), 'utf8'),
) as readonly Case[];

const bin = (score: number) => Math.min(999, Math.floor(score * 1000));

function rowsOf({ scores, labels, threshold }: Case, alerted = false): LabelledCount[] {
  return scores.map((score, index) => ({
    version: '1',
    bin: bin(score),
    decision: score >= threshold,
    label: labels[index] === 1,
    alerted,
    count: 1,
    scoreSum: score,
  }));
}

describe.each(cases)('quality of $name', (each) => {
  const { measures } = qualityOf(rowsOf(each), each.scores.length);

  it.each(['average_precision', 'auc_roc', 'precision', 'recall'] as const)(
    'has %s as scikit-learn computes it of the same bins',
    (measure) => {
      expect(measures[measure]).toMatchObject({
        state: 'measured',
        value: expect.closeTo(each[measure], 12),
      });
    },
  );

  it('differs by less than 0.005 from that of the exact scores', () => {
    for (const measure of ['average_precision', 'auc_roc'] as const)
      expect(Math.abs(each[measure] - each[`${measure}_of_scores`])).toBeLessThan(0.005);
  });

  it.each(['precision', 'recall'] as const)('has the interval of %s that scipy computes', (measure) => {
    const [lower, upper] = each[`${measure}_interval`];
    expect(measures[measure]).toMatchObject({
      interval: { lower: expect.closeTo(lower, 12), upper: expect.closeTo(upper, 12) },
    });
  });

  it('has the interval of the area under the ROC curve that pairs of rows give', () => {
    const finding = measures.auc_roc;
    if (finding.state !== 'measured' || finding.interval === undefined) throw new Error('no interval');
    const variance = pairwiseVariance(each);
    const half = 1.959963984540054 * Math.sqrt(variance);
    expect(finding.interval.lower).toBeCloseTo(finding.value - half, 10);
    expect(finding.interval.upper).toBeCloseTo(Math.min(1, finding.value + half), 10);
  });
});

/** DeLong's variance by its definition, over all pairs of a positive and a negative. */
function pairwiseVariance({ scores, labels }: Case): number {
  const of = (label: number) => scores.filter((_, index) => labels[index] === label).map(bin);
  const [negatives, positives] = [of(0), of(1)];
  const psi = (x: number, y: number) => (x > y ? 1 : x === y ? 0.5 : 0);
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const spread = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1) / values.length;
  return (
    spread(positives.map((x) => mean(negatives.map((y) => psi(x, y))))) +
    spread(negatives.map((y) => mean(positives.map((x) => psi(x, y)))))
  );
}

describe("Boyd's interval", () => {
  it('is that of the published formula', () => {
    // logit(0.652) ± 1.96 / √(385 × 0.652 × 0.348), as docs/results/handbook quotes: 0.603 to 0.698.
    const interval = logitInterval(0.652, 385);
    expect(interval?.lower).toBeCloseTo(0.603, 3);
    expect(interval?.upper).toBeCloseTo(0.698, 3);
  });

  it.each([
    [0, 10],
    [1, 10],
    [0.5, 0],
  ])('does not exist for %d of %d positives', (value, positives) => {
    expect(logitInterval(value, positives)).toBeUndefined();
  });
});

describe('a share', () => {
  it('of nothing does not exist', () => {
    expect(proportion(0, 0)).toBeUndefined();
  });

  it('of none has an interval that begins at 0', () => {
    expect(proportion(0, 20)).toMatchObject({ value: 0, interval: { lower: 0 } });
  });
});

describe('a curve', () => {
  it('without a positive or without a negative has no area', () => {
    expect(areaUnderRoc([{ bin: 1, positives: 0, negatives: 5 }])).toBeUndefined();
    expect(areaUnderRoc([{ bin: 1, positives: 5, negatives: 0 }])).toBeUndefined();
  });
});

const count = (
  label: boolean,
  count: number,
  options: { decision?: boolean; alerted?: boolean; score?: number } = {},
): LabelledCount => {
  const { decision = label, alerted = false } = options;
  const { score = decision ? 0.75 : 0.25 } = options;
  return { version: '1', bin: bin(score), decision, label, alerted, count, scoreSum: count * score };
};

describe('evidence', () => {
  it('of fewer than ten positives is not enough for measures of positives', () => {
    const { measures } = qualityOf([count(true, 9), count(false, 91)], 100);
    const state = {
      state: 'not enough evidence',
      reason: '9 positives of at least 10',
    };
    expect(measures.recall).toEqual(state);
    expect(measures.average_precision).toEqual(state);
    expect(measures.precision).toEqual({
      state: 'not enough evidence',
      reason: '9 labelled predictions over the threshold of at least 10',
    });
  });

  it('of less than half of the predictions is not enough', () => {
    const rows = [count(true, 20), count(false, 80)];
    expect(qualityOf(rows, 201).measures.recall).toEqual({
      state: 'not enough evidence',
      reason: '49.8 % of the predictions labelled, of at least 50 %',
    });
    expect(qualityOf(rows, 200).measures.recall).toMatchObject({ state: 'measured', value: 1 });
  });

  it('of scores that are not probabilities is left out', () => {
    const quality = qualityOf([{ ...count(true, 50), bin: -1 }, count(true, 20), count(false, 20)], 90);
    expect(quality).toMatchObject({ labelled: 40, positives: 20 });
  });
});

it('shows the recall of rows without an alert separately', () => {
  const rows = [
    count(true, 30, { alerted: true }),
    count(true, 5),
    count(true, 15, { decision: false }),
    count(false, 50),
  ];
  const { recall, recall_unalerted } = qualityOf(rows, 100).measures;
  expect(recall).toMatchObject({ value: 35 / 50 });
  expect(recall_unalerted).toMatchObject({ value: 5 / 20 });
});

it('compares scores with outcomes where there are at least ten rows', () => {
  const rows = [
    count(true, 15, { score: 0.75 }),
    count(false, 5, { decision: true, score: 0.75 }),
    count(false, 9, { score: 0.25 }),
  ];
  expect(qualityOf(rows, 29).calibration).toEqual([{ bin: '0.8', score: 0.75, rate: 0.75 }]);
});

describe('the estimate without labels', () => {
  it('takes each score as the chance of a positive', () => {
    const rows = [
      { version: '1', bin: 800, decision: true, count: 50, scoreSum: 40 },
      { version: '1', bin: 100, decision: false, count: 100, scoreSum: 10 },
    ];
    const expected = expectedQuality(rows);
    expect(expected.precision).toBeCloseTo(0.8);
    expect(expected.recall).toBeCloseTo(0.8);
    // 0.8 of the positives come at precision 0.8, the rest at 50 of 150.
    expect(expected.average_precision).toBeCloseTo(0.8 * 0.8 + 0.2 * (50 / 150));
  });

  it('agrees with labels drawn from the scores, and with no others', () => {
    // Even spread instead of chance: of a thousand rows of a bin, its score's share is positive.
    const scores = Array.from({ length: 10 }, (_, index) => 0.05 + index / 10);
    const rows = (shift: number) =>
      scores.flatMap((score) => {
        const decision = score >= 0.5;
        const positives = Math.round(1000 * Math.max(0, score - shift));
        return [
          { ...count(true, positives, { decision, score }), scoreSum: positives * score },
          { ...count(false, 1000 - positives, { decision, score }), scoreSum: (1000 - positives) * score },
        ];
      });
    const expected = expectedQuality(rows(0));
    const calibrated = qualityOf(rows(0), 10_000).measures;
    const drifted = qualityOf(rows(0.2), 10_000).measures;
    for (const measure of ['average_precision', 'auc_roc', 'precision', 'recall'] as const)
      expect(calibrated[measure]).toMatchObject({ value: expect.closeTo(expected[measure] ?? NaN, 6) });
    expect(expectedQuality(rows(0.2))).toEqual(expected);
    expect(drifted.precision).toMatchObject({ value: expect.closeTo((expected.precision ?? NaN) - 0.2, 6) });
  });

  it('says nothing about no rows', () => {
    expect(expectedQuality([])).toEqual({});
  });
});
