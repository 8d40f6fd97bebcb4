import { setTimeout as sleep } from 'node:timers/promises';
import { LABELS_LIMIT, type Label, type LabelOutcomeName } from '../../../contracts/labels';
import { errors, UserError } from '../errors';
import type { LabelsService } from './labels-service';
import type { LabelLine } from './read-labels';

export interface ImportOptions {
  readonly service: LabelsService;
  readonly lines: AsyncIterable<LabelLine>;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
  /** How long to wait until the labels are joined. @default 150: two cycles of the exporter, and their work */
  readonly patienceSeconds?: number;
}

/** What came of a file. */
export interface ImportResult {
  /** Labels in the database. */
  stored: number;
  /** Lines that hold no label: how many, and what is wrong with the first of them. */
  refused: number;
  readonly problems: string[];
  /** Stored labels by outcome. */
  outcomes: Partial<Record<LabelOutcomeName, number>>;
}

/** Problems that are told one by one; the rest are counted. */
const MOST_PROBLEMS = 20;
/** Bytes around the labels of a request, and room for what JSON adds. */
const ENVELOPE_BYTES = 64;
const POLL_MS = 2_000;

/** Labels with the lines that they stand on. */
interface Batch {
  readonly labels: Label[];
  bytes: number;
  from: number;
  to: number;
}

/**
 * Sends the labels of a file in batches, in its order, then waits for what becomes of them.
 * @throws UserError labelsBrokeOff, which says what was stored and how to go on
 */
export async function importLabels(options: ImportOptions): Promise<ImportResult> {
  const { service, lines, report } = options;
  const result: ImportResult = { stored: 0, refused: 0, problems: [], outcomes: {} };
  const receipts: string[] = [];
  const emptyBatch = (): Batch => ({ labels: [], bytes: ENVELOPE_BYTES, from: 0, to: 0 });
  let batch = emptyBatch();
  let through = 0;
  let whole = false;
  const flush = async (): Promise<void> => {
    if (batch.labels.length === 0) return;
    receipts.push((await service.send(batch.labels)).receipt);
    result.stored += batch.labels.length;
    through = batch.to;
    report(`${thousands(result.stored)} labels stored`);
    batch = emptyBatch();
  };
  try {
    for await (const line of lines) {
      if ('problem' in line) {
        result.refused += 1;
        const { field, got, expected } = line.problem;
        if (result.problems.length < MOST_PROBLEMS)
          result.problems.push(`line ${String(line.line)}: ${field} is ${got}, expected ${expected}`);
        continue;
      }
      const bytes = Buffer.byteLength(JSON.stringify(line.label)) + 1;
      if (batch.labels.length === LABELS_LIMIT.labels || batch.bytes + bytes > LABELS_LIMIT.bytes)
        await flush();
      if (batch.labels.length === 0) batch.from = line.line;
      batch.labels.push(line.label);
      batch.bytes += bytes;
      batch.to = line.line;
    }
    await flush();
    whole = true;
    await awaitOutcomes(options, receipts, result);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw errors.labelsBrokeOff(result.stored, whole ? undefined : through, error);
  }
  return result;
}

async function awaitOutcomes(
  options: ImportOptions,
  receipts: readonly string[],
  result: ImportResult,
): Promise<void> {
  const { service, report, signal, patienceSeconds = 150 } = options;
  const deadline = Date.now() + 1000 * patienceSeconds;
  let open = receipts;
  const done: Partial<Record<LabelOutcomeName, number>>[] = [];
  for (;;) {
    const waiting: { receipt: string; outcomes: Partial<Record<LabelOutcomeName, number>> }[] = [];
    for (const receipt of open) {
      const { outcomes } = await service.outcomes(receipt);
      if (outcomes.waiting === undefined) done.push(outcomes);
      else waiting.push({ receipt, outcomes });
    }
    open = waiting.map(({ receipt }) => receipt);
    result.outcomes = sum([...done, ...waiting.map(({ outcomes }) => outcomes)]);
    if (open.length === 0 || Date.now() >= deadline) return;
    report(`${thousands(result.outcomes.waiting ?? 0)} labels wait to be joined with their predictions`);
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
  }
}

function sum(parts: readonly Partial<Record<LabelOutcomeName, number>>[]): ImportResult['outcomes'] {
  const total: ImportResult['outcomes'] = {};
  for (const part of parts)
    for (const [outcome, count] of Object.entries(part) as [LabelOutcomeName, number][])
      total[outcome] = (total[outcome] ?? 0) + count;
  return total;
}

const WORDS: Readonly<Record<LabelOutcomeName, string>> = {
  joined: 'new, joined with their predictions',
  duplicate: 'known already',
  contradicting: 'contradict an earlier label, and win',
  unknown: 'without a known prediction: looked for again for 30 days',
  future: 'not counted: of predictions in the future; check the clock of who labels',
  other_model: 'not counted: of predictions of another model',
  expired: 'given up: no prediction was found in 30 days',
  waiting: 'wait to be joined',
};

/** The result as lines for a person. */
export function describeImport(model: string, { stored, refused, problems, outcomes }: ImportResult): string {
  const counts = (Object.keys(WORDS) as LabelOutcomeName[]).flatMap((outcome) => {
    const count = outcomes[outcome];
    return count === undefined ? [] : [`  ${thousands(count).padStart(10)}  ${WORDS[outcome]}`];
  });
  return [
    `${model}: ${thousands(stored)} labels stored`,
    ...counts,
    ...(refused === 0 ? [] : [`${thousands(refused)} lines refused, not stored`]),
    ...problems.map((problem) => `  ${problem}`),
    ...(refused > problems.length ? [`  … and ${thousands(refused - problems.length)} more`] : []),
  ].join('\n');
}

function thousands(count: number): string {
  return count.toLocaleString('en-US');
}
