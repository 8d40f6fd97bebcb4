/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
export type Random = () => number;

export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** How many of `count` fall to the first of two; the normal approximation above 100. */
export function half(count: number, random: Random): number {
  if (count > 100) {
    const drawn = Math.round(count / 2 + (Math.sqrt(count) / 2) * normal(random));
    return Math.min(count, Math.max(0, drawn));
  }
  let first = 0;
  for (let index = 0; index < count; index += 1) if (random() < 0.5) first += 1;
  return first;
}

export function poisson(mean: number, random: Random): number {
  const limit = Math.exp(-mean);
  let count = -1;
  for (let product = 1; product > limit; product *= random()) count += 1;
  return count;
}
