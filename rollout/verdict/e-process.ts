import betaln from '@stdlib/math-base-special-betaln';
import type { SplitTally } from '../../contracts/canary';

/** How strongly the prior holds to the share of no difference: the weight of so many events. */
const CONCENTRATION = 10;

/**
 * ln E of "events fall to the canary with the probability `share`". Requests are split at random, so without a difference
 * an event is the canary's with the share of the traffic, however often events are. With counts after every request, E
 * exceeds 1/α with probability α at most, once in all its life. Source: Lindon & Malek, NeurIPS 2022.
 * @param share of the requests that the canary gets, in (0, 1)
 */
export function logSplitE(canaryEvents: number, championEvents: number, share: number): number {
  const [a, b] = [CONCENTRATION * share, CONCENTRATION * (1 - share)];
  return (
    betaln(a + canaryEvents, b + championEvents) -
    betaln(a, b) -
    canaryEvents * Math.log(share) -
    championEvents * Math.log1p(-share)
  );
}

/** How many times the factor is exceeded: one of these is near enough to any excess that matters. */
const EXCESSES = [2, 8, 32];

/**
 * ln E of "a request of the canary's is `factor` times as likely to have an event as one of the champion's, or less", over all
 * weights of a canary: the mean of the likelihood ratios of three larger factors. An event falls to the canary by the requests
 * that were counted of both, not by the weight: counters are read at different moments. Where events are less likely still, E
 * is below 1 on average. Sources: Ville 1939; mixtures, Robbins 1970.
 * @param factor above 0
 */
export function logRatioE(splits: readonly SplitTally[], factor: number): number {
  const logRatios = EXCESSES.map((excess) =>
    splits.reduce((sum, { canary, champion }) => {
      // Of nothing to compare with, nothing follows.
      if (canary.requests === 0 || champion.requests === 0) return sum;
      const share = (ratio: number) =>
        (ratio * canary.requests) / (ratio * canary.requests + champion.requests);
      const [limit, beyond] = [share(factor), share(factor * excess)];
      const [one, other] = [Math.log(beyond / limit), Math.log((1 - beyond) / (1 - limit))];
      return sum + canary.events * one + champion.events * other;
    }, 0),
  );
  const largest = Math.max(...logRatios);
  const mean = logRatios.reduce((sum, each) => sum + Math.exp(each - largest), 0) / logRatios.length;
  return largest + Math.log(mean);
}

/**
 * ln E of "the share of requests with an event is `share`", by a uniform mixture. Source: Robbins 1970.
 * @param share in (0, 1)
 */
export function logShareE(events: number, requests: number, share: number): number {
  return logMixture(events, requests) - events * Math.log(share) - (requests - events) * Math.log1p(-share);
}

/** The part of {@link logShareE} that does not depend on the share. */
function logMixture(events: number, requests: number): number {
  return betaln(1 + events, 1 + requests - events);
}

/** Halvings of an interval of length 1: to 1e-12. */
const HALVINGS = 40;

/**
 * Ends of the confidence sequence of a share: the shares with E < 1/α. At all times together the true share is outside
 * with probability α at most. Source: Howard, Ramdas, McAuliffe & Sekhon 2021.
 * @param alpha of the whole sequence, both ends together
 */
export function shareBounds(events: number, requests: number, alpha: number): readonly [number, number] {
  if (requests === 0) return [0, 1];
  const bar = -Math.log(alpha);
  const mixture = logMixture(events, requests);
  const isOut = (share: number) =>
    mixture - events * Math.log(share) - (requests - events) * Math.log1p(-share) >= bar;
  const seen = events / requests;
  return [events === 0 ? 0 : edge(0, seen, isOut), events === requests ? 1 : edge(1, seen, isOut)];
}

/** Where a predicate that holds near `outside` and not at `inside` changes. The outer one of the last two, to be safe. */
function edge(outside: number, inside: number, isOut: (share: number) => boolean): number {
  let [out, within] = [outside, inside];
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = (out + within) / 2;
    if (isOut(middle)) out = middle;
    else within = middle;
  }
  return out;
}
