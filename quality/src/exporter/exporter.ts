import { setTimeout as sleep } from 'node:timers/promises';

import type { Queryable } from '../database';
import type { QualityModel } from '../models';
import { runCycle } from './cycle';
import type { Shown } from './exposition';
import type { Report } from './report';

/** Somewhere to say how cycles fare. */
export interface EventLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export interface ExporterOptions {
  readonly models: readonly QualityModel[];
  /** A connection for one cycle. */
  readonly connect: () => Promise<Queryable & { end(): Promise<void> }>;
  readonly cycleSeconds: number;
  readonly log: EventLog;
}

const MAINTENANCE_SECONDS = 3_600;

/**
 * Runs cycles for ever, one at a time. After one that failed the figures of the last good one stay, and grow old: their
 * age is exported, and an alert watches it.
 */
export class Exporter {
  private report: Report | undefined;
  private seconds: number | undefined;
  private lastSuccess: number | undefined;
  private maintainedAt = -Infinity;
  private failing = false;

  constructor(private readonly options: ExporterOptions) {}

  get shown(): Shown {
    return { report: this.report, cycleSeconds: this.seconds, lastSuccess: this.lastSuccess };
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.cycle();
      await sleep(1_000 * this.options.cycleSeconds, undefined, { signal }).catch(() => undefined);
    }
  }

  async cycle(): Promise<void> {
    const { connect, models, log } = this.options;
    const started = performance.now();
    try {
      const client = await connect();
      try {
        await this.maintain(client);
        this.report = await runCycle(client, models);
      } finally {
        await client.end();
      }
      this.seconds = (performance.now() - started) / 1_000;
      this.lastSuccess = Date.now() / 1_000;
      if (this.failing) log.info({}, 'quality figures are computed again');
      this.failing = false;
    } catch (error) {
      // Once for a whole outage.
      if (!this.failing)
        log.warn({ err: error }, 'quality figures cannot be computed: the database does not do its part');
      this.failing = true;
    }
  }

  private async maintain(client: Queryable): Promise<void> {
    if (performance.now() - this.maintainedAt < 1_000 * MAINTENANCE_SECONDS) return;
    await client.query('SELECT quality.maintain()');
    this.maintainedAt = performance.now();
  }
}
