/** What came back for a request. */
export interface Answer {
  /** The HTTP status, or what kept an answer away: `timeout`, `no connection`. */
  readonly status: string;
  readonly version?: string;
  /** Where there is a prediction. */
  readonly predictionId?: string;
}

export interface AnswerCount {
  readonly status: string;
  readonly version: string | null;
  readonly count: number;
}

/** Counts answers and their times. */
export class Tally {
  private readonly counts = new Map<string, AnswerCount>();
  private readonly times: number[] = [];
  /** Requests with a prediction. */
  predictions = 0;

  /** @param milliseconds from sending the request to the end of the answer */
  add({ status, version: answered, predictionId }: Answer, milliseconds: number): void {
    const version = answered ?? null;
    const key = JSON.stringify([status, version]);
    this.counts.set(key, { status, version, count: (this.counts.get(key)?.count ?? 0) + 1 });
    if (predictionId === undefined) return;
    this.predictions += 1;
    this.times.push(milliseconds);
  }

  /** The most frequent first. */
  answers(): AnswerCount[] {
    return [...this.counts.values()].sort((a, b) => b.count - a.count);
  }

  /** Milliseconds of predictions, by nearest rank; null without any. */
  latency(): { readonly p50: number; readonly p99: number } | null {
    const sorted = Float64Array.from(this.times).sort();
    const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
    const [p50, p99] = [rank(0.5), rank(0.99)];
    return p50 === undefined || p99 === undefined ? null : { p50, p99 };
  }
}
