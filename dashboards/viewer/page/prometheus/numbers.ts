/** A value as Prometheus writes it. */
export function number(text: string): number {
  if (text === '+Inf') return Infinity;
  return text === '-Inf' ? -Infinity : Number(text);
}

/** A point of a line. Not a number, such as the quantile of no requests, is a gap: it would leave the axis without a scale. */
export function point(text: string): number | null {
  const value = number(text);
  return Number.isNaN(value) ? null : value;
}
