import { Z } from './score-table';
import type { Estimate } from './score-table';

/** A share with Wilson's interval (1927); undefined of nothing. */
export function proportion(hits: number, of: number): Estimate | undefined {
  if (of <= 0) return undefined;
  const value = hits / of;
  const denominator = 1 + Z ** 2 / of;
  const centre = (value + Z ** 2 / (2 * of)) / denominator;
  const half = (Z / denominator) * Math.sqrt((value * (1 - value)) / of + Z ** 2 / (4 * of ** 2));
  return { value, interval: { lower: Math.max(0, centre - half), upper: Math.min(1, centre + half) } };
}

/**
 * Interval of an average precision of so many positives, on the scale of the logit (Boyd, Eng, Page 2013). It does not
 * exist for 0 and 1.
 */
export function logitInterval(value: number, positives: number): Estimate['interval'] {
  if (value <= 0 || value >= 1 || positives <= 0) return undefined;
  const logit = Math.log(value / (1 - value));
  const half = Z / Math.sqrt(positives * value * (1 - value));
  return { lower: expit(logit - half), upper: expit(logit + half) };
}

function expit(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
