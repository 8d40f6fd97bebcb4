import { setTimeout as sleep } from 'node:timers/promises';
import type { Label } from '../../../contracts/labels';
import { errors } from '../errors';
import { LateLabels, type LabelCounts } from './late-labels';
import type { Row } from './rows';
import { Tally, type Answer, type AnswerCount } from './tally';

export interface Clock {
  /** Milliseconds from some moment on; never goes back. */
  now(): number;
  /** Returns early when the signal comes. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

const REAL_CLOCK: Clock = {
  now: () => performance.now(),
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }).catch(() => undefined),
};

export interface ReplayOptions {
  readonly rows: AsyncIterable<Row>;
  /** Requests a second. */
  readonly rate: number;
  /** How long requests and labels are sent. */
  readonly seconds: number;
  /** Seconds from an answer to its label. */
  readonly labelDelay: number;
  /** Most requests without an answer yet. */
  readonly mostInFlight: number;
  /** Never throws. */
  readonly ask: (row: Row) => Promise<Answer>;
  /** @returns how many were accepted */
  readonly sendLabels: (labels: readonly Label[]) => Promise<number>;
  readonly signal: AbortSignal;
  readonly report?: (line: string) => void;
  /** @default the machine's */
  readonly clock?: Clock;
}

/** What was sent, and what came back. */
export interface Replayed {
  readonly seconds: number;
  readonly sent: number;
  readonly notSent: {
    /** When their time came, too many others had no answer. */
    readonly inFlight: number;
    /** This machine, or the source of rows, was not fast enough. */
    readonly behind: number;
  };
  /** Milliseconds that a request was sent after its time, at worst. */
  readonly worstDelay: number;
  readonly predictions: number;
  readonly answers: readonly AnswerCount[];
  /** Milliseconds of requests with a prediction. */
  readonly latency: { readonly p50: number; readonly p99: number } | null;
  readonly labels: LabelCounts;
}

const REPORT_MS = 5_000;
/** After the end, for labels that are being sent. */
const LABELS_PATIENCE_MS = 30_000;
/** Longest sleep: labels fall due meanwhile. */
const NAP_MS = 1_000;
/** When no row is left: the last answer ends the replay. */
const LAST_NAP_MS = 50;
/** Requests that may be sent in a row when many are due; then answers are read. */
const BURST = 50;

/**
 * Sends rows at their times, evenly at the rate, whatever becomes of the requests before them, and labels as late as they
 * are known. Time starts with the first row.
 * @throws UserError noTrafficRows
 */
export async function replay(options: ReplayOptions): Promise<Replayed> {
  const rows = options.rows[Symbol.asyncIterator]();
  try {
    const first = await rows.next();
    if (first.done === true) throw errors.noTrafficRows();
    return await run(options, rows, first.value);
  } finally {
    await rows.return?.();
  }
}

async function run(options: ReplayOptions, rows: AsyncIterator<Row>, first: Row): Promise<Replayed> {
  const {
    rate,
    seconds,
    labelDelay,
    mostInFlight,
    ask,
    sendLabels,
    signal,
    report,
    clock = REAL_CLOCK,
  } = options;
  const tally = new Tally();
  const labels = new LateLabels(1000 * labelDelay, sendLabels);
  const inFlight = new Set<Promise<void>>();
  const began = clock.now();
  const end = began + 1000 * seconds;
  const most = Math.ceil(rate * seconds);
  const notSent = { inFlight: 0, behind: 0 };
  let [sent, place, worstDelay, reported] = [0, 0, 0, began];

  const send = async (row: Row) => {
    const at = clock.now();
    const predictedAt = new Date();
    const answer = await ask(row);
    const now = clock.now();
    tally.add(answer, now - at);
    if (answer.predictionId !== undefined && row.label !== undefined)
      labels.add(now, predictedAt, answer.predictionId, row.label);
  };

  let row: Row | undefined = first;
  for (let burst = 0; ;) {
    const now = clock.now();
    if (signal.aborted || now >= end) break;
    labels.sendDue(now);
    if (report !== undefined && now - reported >= REPORT_MS) {
      reported = now;
      report(
        `${String(sent)} sent, ${String(tally.predictions)} predictions${row?.at === undefined ? '' : `, at ${row.at}`}`,
      );
    }
    const due = row === undefined ? Infinity : began + (1000 * place) / rate;
    if (row !== undefined && due <= now) {
      if (inFlight.size >= mostInFlight) notSent.inFlight += 1;
      else {
        worstDelay = Math.max(worstDelay, now - due);
        sent += 1;
        const request: Promise<void> = send(row).finally(() => inFlight.delete(request));
        inFlight.add(request);
      }
      place += 1;
      const next: IteratorResult<Row, unknown> =
        place < most ? await rows.next() : { done: true, value: undefined };
      row = next.done === true ? undefined : next.value;
      burst = (burst + 1) % BURST;
      if (burst === 0) await clock.sleep(0, signal);
      continue;
    }
    burst = 0;
    // Requests that are out may still bring labels that fall due in time.
    if (row === undefined && inFlight.size === 0 && !((labels.lastDue ?? Infinity) <= end)) break;
    await clock.sleep(Math.min(due - now, end - now, row === undefined ? LAST_NAP_MS : NAP_MS), signal);
  }
  if (row !== undefined && !signal.aborted) notSent.behind = most - place;
  const took = Math.min(clock.now(), end) - began;
  await Promise.all(inFlight);
  if (!signal.aborted) labels.sendDue(end, true);
  const patience = new AbortController();
  await Promise.race([
    labels.settled(),
    clock.sleep(LABELS_PATIENCE_MS, AbortSignal.any([signal, patience.signal])),
  ]);
  patience.abort();
  return {
    seconds: took / 1000,
    sent,
    notSent,
    worstDelay,
    predictions: tally.predictions,
    answers: tally.answers(),
    latency: tally.latency(),
    labels: labels.counts(),
  };
}
