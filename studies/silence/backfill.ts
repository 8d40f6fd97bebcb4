import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RuleGroup } from '../../monitoring/rules/rule';
import { renderRules } from '../../monitoring/rules/index';
import type { History } from './history/index';
import { secondsOf } from './firing';
import { blocksOf } from './prometheus';

const execute = promisify(execFile);
const HOUR = 3_600;
/** Lengths of blocks that promtool writes: two hours times a power of three. */
const BLOCK_HOURS = [2, 6, 18, 54, 162, 486] as const;
const MOST_POINTS = 11_000;
/** promtool reads the whole text once per block, so that text and block are equally long. */
const CHUNK_HOURS = 54;
/** Prometheus answers one query on one core. */
const SLICES = 6;

/**
 * The history as blocks, one by one.
 * @returns samples, and bytes of text
 */
export async function backfillHistory(
  promtool: string,
  folder: string,
  history: History,
  report: (line: string) => void,
): Promise<{ readonly samples: number; readonly bytes: number }> {
  mkdirSync(blocksOf(folder), { recursive: true });
  const chunk = CHUNK_HOURS * HOUR;
  let samples = 0;
  let bytes = 0;
  let reading = Promise.resolve();
  for (let from = Math.floor(history.from / chunk) * chunk; from < history.to; from += chunk) {
    // One text is written while promtool reads the one before.
    const file = join(folder, `${from}.om`);
    samples += history.write(file, from, Math.min(history.to, from + chunk));
    bytes += statSync(file).size;
    await reading;
    const options = [`--max-block-duration=${CHUNK_HOURS}h`, 'openmetrics', file, blocksOf(folder)];
    reading = run(promtool, ['tsdb', 'create-blocks-from', ...options]).then(() => {
      rmSync(file);
    });
    report(`${day(from)}: ${samples} samples so far`);
  }
  await reading;
  return { samples, bytes };
}

/** Evaluates recording rules over [from, to] against a Prometheus that has what they read. */
export async function backfillRules(
  promtool: string,
  folder: string,
  url: string,
  groups: readonly RuleGroup[],
  from: number,
  to: number,
): Promise<void> {
  // Always the same name: the moment at which a group is evaluated follows from its file and its own name.
  const file = join(folder, 'rules.yml');
  for (const group of groups) {
    writeFileSync(file, renderRules([group]));
    const hours = blockHours(secondsOf(group.interval));
    await Promise.all(
      slices(from, to, hours * HOUR, SLICES).map(([start, end]) =>
        run(promtool, [
          'tsdb',
          'create-blocks-from',
          `--max-block-duration=${hours}h`,
          'rules',
          `--url=${url}`,
          `--start=${start}`,
          `--end=${end}`,
          `--output-dir=${blocksOf(folder)}`,
          file,
        ]),
      ),
    );
  }
}

/** [from, to] in at most so many parts that begin with a block; all moments are whole seconds. */
export function slices(
  from: number,
  to: number,
  block: number,
  most: number,
): readonly (readonly [number, number])[] {
  const first = Math.floor(from / block);
  const blocks = Math.floor(to / block) - first + 1;
  const each = Math.ceil(blocks / most);
  const starts = Array.from({ length: Math.ceil(blocks / each) }, (_, at) => (first + at * each) * block);
  return starts.map((start, at) => [Math.max(from, start), Math.min(to, (starts[at + 1] ?? Infinity) - 1)]);
}

/** The longest block whose evaluations Prometheus answers at once. */
export function blockHours(interval: number): number {
  return BLOCK_HOURS.findLast((hours) => (hours * HOUR) / interval <= MOST_POINTS) ?? BLOCK_HOURS[0];
}

/** promtool reports every rule; where it fails, the error shows what it said. */
async function run(promtool: string, args: readonly string[]): Promise<void> {
  await execute(promtool, args, { maxBuffer: 1e8 });
}

function day(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}
