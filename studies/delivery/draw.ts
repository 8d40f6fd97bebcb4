import { normal, poisson, type Random } from '../silence/history/random';

/** How many of `count` are events, each with the probability `share`; approximations beyond 30 events. */
export function binomial(count: number, share: number, random: Random): number {
  if (share <= 0 || count === 0) return 0;
  if (share >= 1) return count;
  const mean = count * share;
  const drawn = mean < 30 ? poisson(mean, random) : mean + Math.sqrt(mean * (1 - share)) * normal(random);
  return Math.min(count, Math.max(0, Math.round(drawn)));
}
