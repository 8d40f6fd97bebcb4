import { setTimeout as sleep } from 'node:timers/promises';

import { reasonText, sentence } from '../errors';
import type { Observer, ScoredBatch } from '../protocol/scored-batch';
import { turn } from '../protocol/turn';
import { PredictionQueue } from './prediction-queue';
import { toRecords } from './records';
import type { LoggedModel } from './records';
import { UnwritableError } from './sink';
import type { PredictionSink } from './sink';
import { untilAborted } from './until-aborted';

/** What the prediction log counts, in rows; `failedWrites` in attempts. */
export interface PredictionLogCounters {
  readonly written: { inc(rows: number): void };
  readonly dropped: { inc(rows: number): void };
  readonly failedWrites: { inc(): void };
  readonly queued: { set(rows: number): void };
}

/** Tells operators once when trouble begins and once when it ends. */
export interface EventLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export interface PredictionLogLimits {
  /** Maximum number of queued rows, including those being written. */
  readonly queueRows: number;
  /** Maximum memory of queued rows, approximately. */
  readonly queueBytes: number;
  /** Rows per write; as many are written without waiting longer. */
  readonly flushRows: number;
  /** How long a row waits for others. */
  readonly flushSeconds: number;
  /** Pause after the first failed attempt; it doubles up to `maxRetrySeconds`. */
  readonly retrySeconds: number;
  readonly maxRetrySeconds: number;
}

export interface PredictionLogOptions {
  readonly model: LoggedModel;
  readonly sink: PredictionSink;
  readonly counters: PredictionLogCounters;
  readonly log: EventLog;
  readonly limits: PredictionLogLimits;
}

/** Maximum bytes of values per write: encoding and sending them blocks requests. */
const WRITE_BYTES = 256 * 1024;

/**
 * Stores every answered row through a sink, asynchronously: a request only adds a reference to a bounded queue. What
 * does not fit is dropped and counted; failed writes are retried.
 */
export class PredictionLog implements Observer {
  private readonly queue: PredictionQueue;
  private readonly closing = new AbortController();
  private readonly ending = new AbortController();
  private running: Promise<void> | undefined;
  private closed: Promise<void> | undefined;
  /** Set while there is nothing to write yet. */
  private wake: (() => void) | undefined;
  private timer: NodeJS.Timeout | undefined;
  private overflowing = false;
  private troubled = false;

  constructor(private readonly options: PredictionLogOptions) {
    const { queueRows, queueBytes } = options.limits;
    this.queue = new PredictionQueue({ maxRows: queueRows, maxBytes: queueBytes });
  }

  /** Starts connecting and writing in the background. */
  start(): void {
    // A bug in the log stops the log, never the server.
    this.running ??= this.run().catch((error: unknown) => {
      this.tellOf(error);
    });
  }

  observe(batch: ScoredBatch): void {
    const { queue } = this;
    const { counters, limits } = this.options;
    if (this.closed !== undefined || !queue.offer(batch)) {
      this.refuse(batch.rows);
      return;
    }
    counters.queued.set(queue.rows);
    if (this.wake === undefined) return;
    if (queue.rows >= limits.flushRows) this.wake();
    else this.timer ??= setTimeout(this.wake, limits.flushSeconds * 1000).unref();
  }

  /** Writes what is queued and ends. What is left after so many seconds is dropped and counted. */
  close(seconds: number): Promise<void> {
    this.closed ??= this.end(seconds);
    return this.closed;
  }

  private async end(seconds: number): Promise<void> {
    const deadline = setTimeout(() => {
      this.ending.abort();
    }, seconds * 1000);
    this.closing.abort();
    this.wake?.();
    await this.running;
    const { sink, log, counters } = this.options;
    const lost = this.queue.rows;
    if (lost > 0) {
      counters.dropped.inc(lost);
      counters.queued.set(0);
      log.warn({ rows: lost, seconds }, 'predictions lost: they could not be stored before the end');
    }
    await untilAborted(sink.close(), this.ending.signal).catch(() => undefined);
    clearTimeout(deadline);
  }

  private async run(): Promise<void> {
    const { sink, limits } = this.options;
    const { signal } = this.ending;
    await this.attempt(() => sink.prepare(signal));
    for (;;) {
      await this.due();
      if (signal.aborted || this.queue.rows === 0) return;
      await this.writeOldest(limits.flushRows);
    }
  }

  /** Resolves when it is time to write: enough rows, rows that waited long enough, or the end. */
  private async due(): Promise<void> {
    const { flushRows, flushSeconds } = this.options.limits;
    if (this.queue.rows < flushRows && !this.closing.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        if (this.queue.rows > 0) this.timer = setTimeout(resolve, flushSeconds * 1000).unref();
      });
      this.wake = undefined;
      clearTimeout(this.timer);
      this.timer = undefined;
    }
    await turn();
  }

  private async writeOldest(maxRows: number): Promise<void> {
    const { sink, counters, model, limits } = this.options;
    const slices = this.queue.peek(maxRows, WRITE_BYTES);
    const records = toRecords(model, slices);
    const outcome = await this.attempt(() => sink.write(records, this.ending.signal));
    if (outcome === 'aborted') return;
    this.queue.remove(records.length);
    counters.queued.set(this.queue.rows);
    if (outcome === 'done') counters.written.inc(records.length);
    else counters.dropped.inc(records.length);
    if (this.queue.rows <= limits.queueRows / 2) this.overflowing = false;
  }

  /** Retries until it succeeds, is refused for good, or time is up. */
  private async attempt(action: () => Promise<void>): Promise<'done' | 'refused' | 'aborted'> {
    const { log, counters } = this.options;
    const { signal } = this.ending;
    for (let failures = 0; ; failures++) {
      try {
        await untilAborted(action(), signal);
        if (this.troubled) log.info({ queuedRows: this.queue.rows }, 'predictions are stored again');
        this.troubled = false;
        return 'done';
      } catch (error) {
        if (signal.aborted) return 'aborted';
        counters.failedWrites.inc();
        this.tellOf(error);
        if (error instanceof UnwritableError) return 'refused';
        await this.pause(failures);
      }
    }
  }

  /** Exponential with jitter, so that servers do not all return at once. */
  private async pause(failures: number): Promise<void> {
    const { retrySeconds, maxRetrySeconds } = this.options.limits;
    const closing = this.closing.signal.aborted;
    const seconds = closing ? retrySeconds : Math.min(maxRetrySeconds, retrySeconds * 2 ** failures);
    const milliseconds = seconds * 1000 * (0.5 + Math.random() / 2);
    const { signal } = closing ? this.ending : this.closing;
    await sleep(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
  }

  private refuse(rows: number): void {
    this.options.counters.dropped.inc(rows);
    if (this.overflowing || this.closed !== undefined) return;
    this.overflowing = true;
    const { log, limits } = this.options;
    log.warn(
      { queueRows: limits.queueRows, queueBytes: limits.queueBytes },
      'predictions are dropped: the queue is full',
    );
  }

  /** Once per outage: `failedWrites` counts the rest. */
  private tellOf(error: unknown): void {
    if (this.troubled) return;
    this.troubled = true;
    const complaint = {
      what: 'predictions cannot be stored',
      got: reasonText(error),
      expected: 'the database of PREDICTION_LOG_URL to take them',
      fix: 'Answers are not affected. Predictions wait in the queue, and are dropped once it is full.',
    };
    const refused = error instanceof UnwritableError;
    if (refused) complaint.fix = 'Answers are not affected. These predictions are dropped.';
    this.options.log.warn({ ...complaint, queuedRows: this.queue.rows }, sentence(complaint));
  }
}
