import { reasonOf } from '../../contracts/reason';
import type { PairedGate, PairedTally, Replay } from '../../contracts/canary';
import { RowsRefused, type LabelledRow, type ReplayPorts } from './ports';

/**
 * Most rows of each label, the newest: a loss of 5 in 100 positives needs a few hundred of them, and more rows than this
 * keep a deployment waiting.
 */
const MOST_ROWS = 20_000;
/** Rows of one request: a few milliseconds of a pod. */
const BATCH = 50;

export interface ReplayQuestion {
  readonly model: string;
  readonly candidate: string;
  readonly champion: string;
  readonly now: Date;
  readonly signal: AbortSignal;
}

const LABEL: Readonly<Record<PairedGate, boolean>> = { missed: true, falseAlarms: false };
const NO_ROWS: PairedTally = { rows: 0, candidateWrong: 0, championWrong: 0 };

/**
 * Lets a candidate decide on what the champion has decided on, where the labels are known. What cannot be read or scored is
 * no evidence: the rows before it count, and the reason is kept.
 */
export async function replay(ports: ReplayPorts, question: ReplayQuestion): Promise<Replay> {
  const at = question.now.toISOString();
  const tallies: Record<PairedGate, PairedTally> = { missed: NO_ROWS, falseAlarms: NO_ROWS };
  try {
    for (const gate of ['missed', 'falseAlarms'] as const)
      for await (const batch of compared(ports, question, LABEL[gate]))
        tallies[gate] = added(tallies[gate], batch);
  } catch (error) {
    return { at, tallies, why: whyNot(question, error) };
  }
  return { at, tallies, why: 'no more rows of the champion have a label that is old enough' };
}

interface Compared {
  readonly row: LabelledRow;
  readonly decision: boolean;
}

async function* compared(
  { log, decide }: ReplayPorts,
  { model, candidate, champion, signal }: ReplayQuestion,
  label: boolean,
): AsyncGenerator<readonly Compared[]> {
  const rows = await log.labelled({ model, champion, label, most: MOST_ROWS });
  for (let start = 0; start < rows.length; start += BATCH) {
    signal.throwIfAborted();
    const batch = rows.slice(start, start + BATCH);
    const features = batch.map((row) => row.features);
    const decisions = await decide(model, candidate, features);
    if (decisions.length !== batch.length)
      throw new Error(`it answered ${decisions.length} decisions for ${batch.length} rows`);
    yield batch.map((row, index) => ({ row, decision: decisions[index] === true }));
  }
}

function added(tally: PairedTally, batch: readonly Compared[]): PairedTally {
  const only = (isWrong: (each: Compared) => boolean, isRight: (each: Compared) => boolean) =>
    batch.filter((each) => isWrong(each) && isRight(each)).length;
  const candidateIsRight = ({ row, decision }: Compared) => decision === row.label;
  const championIsRight = ({ row }: Compared) => row.decision === row.label;
  return {
    rows: tally.rows + batch.length,
    candidateWrong: tally.candidateWrong + only((each) => !candidateIsRight(each), championIsRight),
    championWrong: tally.championWrong + only((each) => !championIsRight(each), candidateIsRight),
  };
}

function whyNot({ candidate, signal }: ReplayQuestion, error: unknown): string {
  if (signal.aborted) return 'it was interrupted';
  if (error instanceof RowsRefused)
    return `version ${candidate} takes other features than the log has: ${error.message}`;
  return reasonOf(error);
}
