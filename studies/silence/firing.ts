/** An alert that fired, with the labels that Alertmanager would get. */
export interface Firing {
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds since 1970. */
  readonly from: number;
  /** The last evaluation at which it fired. */
  readonly to: number;
}

/** How Prometheus turns an expression into an alert. */
export interface Holding {
  /** Seconds between two evaluations. */
  readonly interval: number;
  /** Seconds for which it must be true at every evaluation. */
  readonly holdSeconds: number;
  /** Seconds for which it fires on after it was last true. */
  readonly keepSeconds: number;
}

/** The times, in seconds, at which one series of an expression has a value. */
export interface TrueAt {
  readonly labels: Readonly<Record<string, string>>;
  readonly times: readonly number[];
}

/**
 * As rules/alerting.go of Prometheus does: pending from the first evaluation that is true, firing at the first one at which
 * it was pending for `holdSeconds` or longer; one evaluation that is not true ends it, unless it fired and is kept.
 */
export function firingsOf(
  { labels, times }: TrueAt,
  { interval, holdSeconds, keepSeconds }: Holding,
): Firing[] {
  const found: { labels: Firing['labels']; from: number; to: number }[] = [];
  let since: number | undefined;
  let last = -Infinity;
  for (const at of times) {
    const current = found.at(-1);
    const isFiring = current !== undefined && since !== undefined && current.from >= since;
    const mayPause = isFiring && keepSeconds > 0 ? keepSeconds : 0;
    // Evaluated last at `last`, the next time would be one interval later.
    if (since === undefined || at - last > interval + mayPause) since = at;
    last = at;
    if (at - since < holdSeconds) continue;
    if (current !== undefined && current.from >= since) current.to = at;
    else found.push({ labels, from: at, to: at });
  }
  return found.map((each) => ({ ...each, to: each.to + keepSeconds }));
}

/** Seconds of a duration such as `5m` or `1d`. */
export function secondsOf(duration: string | undefined): number {
  if (duration === undefined) return 0;
  const [, count, unit] = /^(\d+)(s|m|h|d)$/.exec(duration) ?? [];
  const seconds = { s: 1, m: 60, h: 3_600, d: 86_400 }[unit ?? ''];
  if (count === undefined || seconds === undefined) throw new Error(`no duration of one unit: ${duration}`);
  return Number(count) * seconds;
}
