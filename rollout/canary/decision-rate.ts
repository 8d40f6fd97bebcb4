import type { Canary, SplitTally } from '../../contracts/canary';
import { logRatioE } from '../verdict/e-process';
import type { Evidence } from './evidence';
import { splitTally } from './judgement';
import { tallyInWords } from './words';

/**
 * Says that a candidate decides positive so much more, or less, often than the champion that one of them must be wrong.
 * Within the plan's factor nothing is said: a retrained model rightly finds more, or raises fewer alarms.
 * @param alpha probability of saying so of a candidate within the factor
 */
export function decisionRateFault(
  canary: Canary,
  decisions: Evidence['decisions'],
  alpha: number,
): string | undefined {
  const { decisionRateFactor: factor } = canary.plan;
  if (factor === undefined || decisions === undefined) return undefined;
  const past = canary.past.flatMap((each) => (each.decisions === undefined ? [] : [each.decisions]));
  const splits = [...past, splitTally(canary, decisions)];
  const bar = -Math.log(alpha / 2);
  const seen = `it decides positive in ${tallyInWords(decisions.candidate)}, the champion in ${tallyInWords(decisions.champion)}`;
  if (logRatioE(splits, factor) >= bar) return `${seen}: more than ${factor} times as often`;
  if (logRatioE(splits.map(swapped), factor) >= bar) return `${seen}: less than 1/${factor} as often`;
  return undefined;
}

function swapped({ weight, canary, champion }: SplitTally): SplitTally {
  return { weight: 100 - weight, canary: champion, champion: canary };
}
