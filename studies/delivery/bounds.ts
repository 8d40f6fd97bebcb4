import betaln from '@stdlib/math-base-special-betaln';

/**
 * Upper end of the one-sided 95 % interval of a share of which `events` of `runs` were seen. Source: Clopper & Pearson 1934.
 */
export function upperBound(events: number, runs: number, confidence = 0.95): number {
  if (events >= runs) return 1;
  let [below, above] = [events / runs, 1];
  for (let halving = 0; halving < 60; halving += 1) {
    const share = (below + above) / 2;
    if (atMost(events, runs, share) > 1 - confidence) below = share;
    else above = share;
  }
  return above;
}

/** Probability of at most so many events. */
function atMost(events: number, runs: number, share: number): number {
  let sum = 0;
  for (let each = 0; each <= events; each += 1) {
    const ways = -Math.log(runs + 1) - betaln(each + 1, runs - each + 1);
    sum += Math.exp(ways + each * Math.log(share) + (runs - each) * Math.log1p(-share));
  }
  return sum;
}
