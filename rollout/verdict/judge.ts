import type { PairedTally, SplitTally, Tally, Verdict } from '../../contracts/canary';
import { logSplitE, shareBounds } from './e-process';

const NOTHING: Tally = { requests: 0, events: 0 };

/** What a gate found, with what it rests on. */
export interface Finding {
  readonly verdict: Verdict;
  /** Of the candidate. */
  readonly candidate: Tally;
  readonly champion: Tally;
  /** ln of how much the evidence speaks against "no difference"; 0 where it is not asked. */
  readonly logE: number;
  /** What logE has to reach. */
  readonly bar: number;
  /** Largest difference of the shares, candidate less champion, that the evidence leaves open. */
  readonly worstCase: number;
}

/**
 * Judges a canary by events among its requests and the champion's at the same time. For `worse` and `better` each weight
 * has an E of its own, and they are multiplied. `no-worse` rests on the newest weight alone: the sum over weights compares
 * the canary's late hours with the champion's early ones (Simpson's paradox).
 * @param margin difference of the shares that counts as no worse
 * @param alpha of this gate: probability of `worse` without a difference, and of `no-worse` beyond the margin
 */
export function judgeSplit(splits: readonly SplitTally[], margin: number, alpha: number): Finding {
  const { canary: candidate = NOTHING, champion = NOTHING } = splits.at(-1) ?? {};
  let logE = 0;
  let excess = 0;
  for (const split of splits) {
    const share = split.weight / 100;
    const [canary, other] = [split.canary.events, split.champion.events];
    logE += logSplitE(canary, other, share);
    excess += canary - share * (canary + other);
  }
  return finding({ candidate, champion, logE, excess, margin, alpha });
}

/** Judges a candidate by its decisions on the same rows as the champion's: only rows that they disagree on tell anything. */
export function judgePaired(
  { rows, candidateWrong, championWrong }: PairedTally,
  margin: number,
  alpha: number,
): Finding {
  const logE = logSplitE(candidateWrong, championWrong, 1 / 2);
  const candidate = { requests: rows, events: candidateWrong };
  const champion = { requests: rows, events: championWrong };
  return finding({ candidate, champion, logE, excess: candidateWrong - championWrong, margin, alpha });
}

/** Of all gates together: as bad as the worst of them, and not enough while one of them has not enough. */
export function overall(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('worse')) return 'worse';
  if (verdicts.length === 0 || verdicts.includes('not-enough-evidence')) return 'not-enough-evidence';
  return verdicts.includes('better') ? 'better' : 'no-worse';
}

/** Times as much evidence after which a gate would no longer lack any, if it went on as so far; undefined beyond 1,000. */
export function timesMore(judge: (times: number) => Finding): number | undefined {
  const isEnough = (times: number) => judge(times).verdict !== 'not-enough-evidence';
  let [too, enough] = [1, 2];
  while (!isEnough(enough)) {
    [too, enough] = [enough, enough * 2];
    if (enough > 1_000) return undefined;
  }
  for (let halving = 0; halving < 12; halving += 1) {
    const middle = (too + enough) / 2;
    if (isEnough(middle)) enough = middle;
    else too = middle;
  }
  return enough;
}

interface Question {
  readonly candidate: Tally;
  readonly champion: Tally;
  readonly logE: number;
  /** Events of the candidate beyond those expected without a difference. */
  readonly excess: number;
  readonly margin: number;
  readonly alpha: number;
}

function finding({ candidate, champion, logE, excess, margin, alpha }: Question): Finding {
  const bar = -Math.log(alpha);
  // Both sequences hold with probability 1 - alpha.
  const [, upper] = shareBounds(candidate.events, candidate.requests, alpha / 2);
  const [lower] = shareBounds(champion.events, champion.requests, alpha / 2);
  const worstCase = upper - lower;
  const isDifferent = logE >= bar;
  let verdict: Verdict = worstCase < margin ? 'no-worse' : 'not-enough-evidence';
  if (isDifferent && excess > 0) verdict = 'worse';
  if (isDifferent && excess < 0) verdict = 'better';
  return { verdict, candidate, champion, logE, bar, worstCase };
}
