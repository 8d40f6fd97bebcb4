/**
 * The smallest of the values that a share of them does not exceed (nearest rank).
 * @throws Error without values: a figure must not be NaN
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const found = sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1];
  if (found === undefined) throw new Error('no value was measured; a quantile needs at least one');
  return found;
}
