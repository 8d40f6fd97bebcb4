import { logitInterval } from './intervals';
import { Z, totals } from './score-table';
import type { Estimate, ScoreBin } from './score-table';

/**
 * Average precision, the sum of precision times the growth of recall, as scikit-learn defines it. Rows of one bin are
 * ties: they pass the threshold together.
 */
export function averagePrecision(bins: readonly ScoreBin[]): Estimate | undefined {
  const { positives } = totals(bins);
  if (positives <= 0) return undefined;
  let hits = 0;
  let alarms = 0;
  let value = 0;
  for (const bin of bins.toSorted((a, b) => b.bin - a.bin)) {
    hits += bin.positives;
    alarms += bin.positives + bin.negatives;
    if (alarms > 0) value += (bin.positives / positives) * (hits / alarms);
  }
  return estimate(value, logitInterval(value, positives));
}

/**
 * Area under the ROC curve: the chance that a positive scores above a negative, ties counted half. The interval is that
 * of DeLong, DeLong and Clarke-Pearson (1988); it needs two rows of each kind, and does not exist without spread.
 */
export function areaUnderRoc(bins: readonly ScoreBin[]): Estimate | undefined {
  const { positives, negatives } = totals(bins);
  if (positives <= 0 || negatives <= 0) return undefined;
  let value = 0;
  let negativesBelow = 0;
  let positivesBelow = 0;
  const placements: { readonly bin: ScoreBin; readonly ofPositives: number; readonly ofNegatives: number }[] =
    [];
  for (const bin of bins.toSorted((a, b) => a.bin - b.bin)) {
    const ofPositives = (negativesBelow + bin.negatives / 2) / negatives;
    const ofNegatives = (positives - positivesBelow - bin.positives / 2) / positives;
    value += (bin.positives * ofPositives) / positives;
    placements.push({ bin, ofPositives, ofNegatives });
    negativesBelow += bin.negatives;
    positivesBelow += bin.positives;
  }
  if (positives < 2 || negatives < 2) return { value };
  let spreadOfPositives = 0;
  let spreadOfNegatives = 0;
  for (const { bin, ofPositives, ofNegatives } of placements) {
    spreadOfPositives += bin.positives * (ofPositives - value) ** 2;
    spreadOfNegatives += bin.negatives * (ofNegatives - value) ** 2;
  }
  const variance =
    spreadOfPositives / (positives - 1) / positives + spreadOfNegatives / (negatives - 1) / negatives;
  if (variance <= 0) return { value };
  const half = Z * Math.sqrt(variance);
  return { value, interval: { lower: Math.max(0, value - half), upper: Math.min(1, value + half) } };
}

function estimate(value: number, interval: Estimate['interval']): Estimate {
  return interval === undefined ? { value } : { value, interval };
}
