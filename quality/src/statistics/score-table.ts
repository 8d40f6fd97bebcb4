/** Rows of one score bin: positives and negatives may be expectations, and then are no whole numbers. */
export interface ScoreBin {
  readonly bin: number;
  readonly positives: number;
  readonly negatives: number;
}

/** An estimate between 0 and 1 with its 95 % interval, where that exists. */
export interface Estimate {
  readonly value: number;
  readonly interval?: { readonly lower: number; readonly upper: number };
}

/** 97.5 % quantile of the normal distribution: for intervals of 95 %. */
export const Z = 1.959963984540054;

export function totals(bins: readonly ScoreBin[]): { positives: number; negatives: number } {
  let positives = 0;
  let negatives = 0;
  for (const bin of bins) {
    positives += bin.positives;
    negatives += bin.negatives;
  }
  return { positives, negatives };
}
