import type { Evidence } from './evidence';

/** A bin that the reference hardly knows says little about how unlikely it is. */
const LEAST_SHARE = 1e-3;

/**
 * What is wrong with a candidate's scores, that no request fails for.
 * `scores-not-numbers`: some are not numbers, and none of the champion's. `scores-constant`: all are in one bin, which its
 * reference makes less likely than `alpha`, and the champion's are not.
 */
export function scoreFault(
  scores: Evidence['scores'],
  alpha: number,
): 'scores-not-numbers' | 'scores-constant' | undefined {
  if (scores === undefined) return undefined;
  const { candidate, champion } = scores;
  if (candidate.unplaced > 0 && champion.unplaced === 0) return 'scores-not-numbers';
  const used = candidate.bins.flatMap((rows, bin) => (rows > 0 ? [{ rows, bin }] : []));
  const [only] = used;
  if (only === undefined || used.length > 1) return undefined;
  if (champion.bins.filter((rows) => rows > 0).length < 2) return undefined;
  const share = Math.max(candidate.reference[only.bin] ?? 1, LEAST_SHARE);
  // The likelihood ratio of "always this bin", averaged over the bins that it might have been: an e-process too.
  const logE = -only.rows * Math.log(share) - Math.log(candidate.bins.length);
  return logE >= -Math.log(alpha) ? 'scores-constant' : undefined;
}
