import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../contracts/repository';
import { measuredBy } from './measurement';

const folder = join(ROOT, 'docs/results');

/** Writes figures into docs/results/concurrency.json; figures of other tests stay, with their own origin. */
export function recordConcurrency(figures: Readonly<Record<string, number>>, command: string): void {
  const file = join(folder, 'concurrency.json');
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as object) : {};
  const origin = measuredBy(command);
  const measured = Object.fromEntries(
    Object.entries(figures).map(([key, value]) => [key, { value: Math.round(value * 100) / 100, ...origin }]),
  );
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify({ ...known, ...measured }, null, 2)}\n`);
}
