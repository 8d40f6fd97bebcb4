import { InvalidArgumentError } from 'commander';

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Seconds in a time such as 90s, 10m, 2h or 1d. @throws InvalidArgumentError */
export function parseDuration(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const seconds = Number(count) * (SECONDS[unit] ?? 0);
  if (seconds <= 0) throw new InvalidArgumentError('Expected a time such as 90s, 10m, 2h or 1d.');
  return seconds;
}
