import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../../contracts/repository';
import { originOf, shortCommit } from './origin';
import type { Origin } from './origin';

/** Where published results are kept. */
export const RESULTS = join(ROOT, 'docs/results');

/** One measured number, with what it has to reach. */
export interface Figure extends Origin {
  readonly value: number;
  /** In words, such as `≤ 10`; `–` where there is none. */
  readonly aim: string;
}

/** Writes `name`.json, and `name`.md for readers. */
export function writeResult(name: string, content: object, page: string, folder = RESULTS): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(content, null, 2)}\n`);
  writeFileSync(join(folder, `${name}.md`), page);
}

/** What was recorded before; undefined for nothing. */
export function readResult(name: string, folder = RESULTS): object | undefined {
  const file = join(folder, `${name}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as object) : undefined;
}

/** A file of figures that several commands fill. */
export interface Ledger {
  /** Of the file in docs/results, without its ending. */
  readonly name: string;
  readonly title: string;
  /** What each figure has to reach, in words. */
  readonly aims: Readonly<Record<string, string>>;
}

/** Records figures, each with its own origin; those that other commands measured stay. */
export function recordFigures(
  { name, title, aims }: Ledger,
  figures: Readonly<Record<string, number>>,
  command: string,
  folder = RESULTS,
): void {
  const origin = originOf(command);
  const found = Object.entries(figures).map(([key, value]): [string, Figure] => [
    key,
    { value: rounded(value), aim: aims[key] ?? '–', ...origin },
  ]);
  const known = readResult(name, folder) as Readonly<Record<string, Figure>> | undefined;
  const all = { ...known, ...Object.fromEntries(found) };
  const rows = Object.entries(all).map(([key, { value, aim, command, date, commit, machine }]) => [
    key,
    value,
    aim,
    `\`${command}\``,
    date,
    shortCommit(commit),
    machine,
  ]);
  const columns = ['figure', 'value', 'aim', 'measured by', 'date', 'commit', 'machine'];
  writeResult(name, all, `# ${title}\n\n${table(columns, rows)}\n`, folder);
}

/** To hundredths; what is smaller keeps two digits. */
function rounded(value: number): number {
  return Math.abs(value) < 0.1 ? Number(value.toPrecision(2)) : Math.round(value * 100) / 100;
}

/** A table in Markdown. */
export function table(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  return [line(columns), `|${'---|'.repeat(columns.length)}`, ...rows.map(line)].join('\n');
}
