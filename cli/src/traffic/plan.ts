import { errors } from '../errors';

/** The command line. */
export interface TrafficOptions {
  /** Requests a second. */
  readonly rate: number;
  /** How long, in seconds. */
  readonly seconds: number;
  /** The model's label delay is divided by this. */
  readonly compress?: number;
  /** First day of the period, YYYY-MM-DD. */
  readonly from?: string;
  /** Days of the period. */
  readonly days?: number;
  readonly changeAt?: string;
  readonly file?: string;
  readonly json?: boolean;
}

/** What a replay is to do. */
export interface TrafficPlan {
  readonly rate: number;
  readonly seconds: number;
  /** Most requests. */
  readonly requests: number;
  /** Seconds from an answer to its label. */
  readonly labelDelay: number;
  /** Days of the source: first, and the one after the last. */
  readonly period: { readonly from: string; readonly to: string; readonly changeAt?: string };
  /** What may surprise. */
  readonly notes: readonly string[];
}

const DAY_S = 86_400;

/**
 * Defaults: a period of twice the label delay that ended yesterday; labels as late as the days of the period fit into the
 * replay, so that those of its first half arrive in its second.
 * @throws UserError trafficChangeOutside, trafficOptionWithFile
 */
export function planOf(options: TrafficOptions, labelDays: number, now: Date): TrafficPlan {
  const { rate, seconds, file, changeAt } = options;
  const days = options.days ?? Math.max(1, 2 * labelDays);
  const from = options.from ?? day(now, -days);
  const to = day(new Date(from), days);
  if (file !== undefined)
    for (const [option, value] of [
      ['--change-at', changeAt],
      ['--days', options.days],
      ['--from', options.from],
    ] as const)
      if (value !== undefined) throw errors.trafficOptionWithFile(option, String(value));
  if (changeAt !== undefined && (changeAt < from || changeAt >= to))
    throw errors.trafficChangeOutside(changeAt, from, to);
  const compress = options.compress ?? (days * DAY_S) / seconds;
  const labelDelay = (labelDays * DAY_S) / compress;
  const enough = Math.ceil((2 * labelDays * DAY_S) / seconds);
  return {
    rate,
    seconds,
    requests: Math.ceil(rate * seconds),
    labelDelay,
    period: { from, to, ...(changeAt === undefined ? {} : { changeAt }) },
    notes:
      labelDelay < seconds
        ? [`labels come ${labelDelay.toFixed(1)} s after the answers`]
        : [
            `labels would come ${labelDelay.toFixed(0)} s after the answers, when all is over: none is sent. ` +
              `With --compress ${String(enough)}, those of the first half are`,
          ],
  };
}

function day(from: Date, days: number): string {
  return new Date(from.getTime() + days * 1000 * DAY_S).toISOString().slice(0, 10);
}
