/** A measured value: the median of its rotations, and the smallest and largest of them. */
export interface Spread {
  readonly median: number;
  readonly range: readonly [number, number];
}

/** @param values at least one */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const lower = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return { median: (lower + upper) / 2, range: [sorted.at(0) ?? Number.NaN, sorted.at(-1) ?? Number.NaN] };
}

/**
 * The spread of `numerators[i] / denominators[i]`. A machine that is slow during one rotation is slow for both sides of
 * it, so the ratio within a rotation says more than the ratio of two medians.
 */
export function ratios(numerators: readonly number[], denominators: readonly number[]): Spread {
  return spread(numerators.map((numerator, rotation) => numerator / (denominators[rotation] ?? Number.NaN)));
}

/** The items in a random order. Source: Fisher–Yates. */
export function shuffled<T>(items: readonly T[], random: () => number = Math.random): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const chosen = Math.floor(random() * (last + 1));
    [order[last], order[chosen]] = [order[chosen] as T, order[last] as T];
  }
  return order;
}

/** Rounded to three significant digits: more would pretend to an accuracy that no run has. */
export function significant(value: number): number {
  return Number(value.toPrecision(3));
}
