import { InvalidArgumentError } from 'commander';

/** Reads a number of the command line. */
export function numberBetween(least: number, most: number, whole = false): (text: string) => number {
  return (text) => {
    const number = text.trim() === '' ? NaN : Number(text);
    if (number >= least && number <= most && (!whole || Number.isInteger(number))) return number;
    const kind = whole ? 'a whole number' : 'a number';
    throw new InvalidArgumentError(`Expected ${kind} from ${String(least)} to ${String(most)}.`);
  };
}

/** Reads a day of the command line. @returns YYYY-MM-DD */
export function parseDay(text: string): string {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(text) : undefined;
  // 2026-02-30 would become a day of March.
  if (time === undefined || Number.isNaN(time.getTime()) || time.toISOString().slice(0, 10) !== text)
    throw new InvalidArgumentError('Expected a day such as 2026-03-01.');
  return text;
}
