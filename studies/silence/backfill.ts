import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RuleGroup } from '../../monitoring/rules/index';
import { renderRules } from '../../monitoring/rules/index';
import type { History } from './history/index';
import { secondsOf } from './firing';
import { blocksOf } from './prometheus';

const HOUR = 3_600;
/** Lengths of blocks that promtool writes: two hours times a power of three. */
const BLOCK_HOURS = [2, 6, 18, 54, 162, 486] as const;
const MOST_POINTS = 11_000;
/** promtool reads the whole text once per block, so that text and block are equally long. */
const CHUNK_HOURS = 54;

/**
 * The history as blocks, one by one.
 * @returns samples, and bytes of text
 */
export function backfillHistory(
  promtool: string,
  folder: string,
  history: History,
  report: (line: string) => void,
): { readonly samples: number; readonly bytes: number } {
  mkdirSync(blocksOf(folder), { recursive: true });
  const file = join(folder, 'history.om');
  const chunk = CHUNK_HOURS * HOUR;
  let samples = 0;
  let bytes = 0;
  for (let from = Math.floor(history.from / chunk) * chunk; from < history.to; from += chunk) {
    samples += history.write(file, from, Math.min(history.to, from + chunk));
    bytes += statSync(file).size;
    run(promtool, [
      'tsdb',
      'create-blocks-from',
      `--max-block-duration=${CHUNK_HOURS}h`,
      'openmetrics',
      file,
      blocksOf(folder),
    ]);
    report(`${day(from)}: ${samples} samples so far`);
  }
  rmSync(file);
  return { samples, bytes };
}

/** Evaluates recording rules over [from, to] against a Prometheus that has what they read. */
export function backfillRules(
  promtool: string,
  folder: string,
  url: string,
  groups: readonly RuleGroup[],
  from: number,
  to: number,
): void {
  // Always the same name: the moment at which a group is evaluated follows from its file and its own name.
  const file = join(folder, 'rules.yml');
  for (const group of groups) {
    writeFileSync(file, renderRules([group]));
    run(promtool, [
      'tsdb',
      'create-blocks-from',
      `--max-block-duration=${blockHours(secondsOf(group.interval))}h`,
      'rules',
      `--url=${url}`,
      `--start=${from}`,
      `--end=${to}`,
      `--output-dir=${blocksOf(folder)}`,
      file,
    ]);
  }
}

/** The longest block whose evaluations Prometheus answers at once. */
export function blockHours(interval: number): number {
  return BLOCK_HOURS.findLast((hours) => (hours * HOUR) / interval <= MOST_POINTS) ?? BLOCK_HOURS[0];
}

function run(promtool: string, args: readonly string[]): void {
  // It reports every rule; where it fails, the error shows what it said.
  execFileSync(promtool, args, { stdio: ['ignore', 'ignore', 'pipe'], maxBuffer: 1e8 });
}

function day(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}
