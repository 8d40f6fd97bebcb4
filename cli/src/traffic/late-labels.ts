import { LABELS_LIMIT, type Label } from '../../../contracts/labels';

/** Who says so, of labels that a replay brings. */
const SOURCE = 'replay';
/** Labels that fell due are sent together, once in so many milliseconds. */
const PAUSE_MS = 1_000;

/** What became of the labels of a replay. */
export interface LabelCounts {
  /** Given to the labels service. */
  readonly sent: number;
  /** Stored by it. */
  readonly accepted: number;
  /** Sent, and not stored; `reason` is the last one. */
  readonly failed: number;
  readonly reason?: string;
  /** Due after the end, or when it was interrupted. */
  readonly notDue: number;
}

/** Labels that wait until they are known. Times are milliseconds of the replay's clock. */
export class LateLabels {
  private readonly waiting: { readonly due: number; readonly label: Label }[] = [];
  private first = 0;
  private lastSent = -Infinity;
  private sending: Promise<void> = Promise.resolve();
  private sent = 0;
  private accepted = 0;
  private failed = 0;
  private reason: string | undefined;

  /** @param send stores labels; returns how many were accepted */
  constructor(
    private readonly delayMs: number,
    private readonly send: (labels: readonly Label[]) => Promise<number>,
  ) {}

  /** Of an answer that came at `now`; calls come in order of time. */
  add(now: number, predictedAt: Date, id: string, label: boolean): void {
    const predicted_at = predictedAt.toISOString();
    const due = now + this.delayMs;
    this.waiting.push({ due, label: { prediction_id: id, label, source: SOURCE, predicted_at } });
  }

  /** When the last label is due; undefined if none waits. */
  get lastDue(): number | undefined {
    return this.first < this.waiting.length ? this.waiting.at(-1)?.due : undefined;
  }

  /** Sends what is due, behind what is being sent; waits for nothing. */
  sendDue(now: number, last = false): void {
    if (!last && now - this.lastSent < PAUSE_MS) return;
    this.lastSent = now;
    for (;;) {
      const batch: Label[] = [];
      for (; batch.length < LABELS_LIMIT.labels; this.first += 1) {
        const next = this.waiting[this.first];
        if (next === undefined || next.due > now) break;
        batch.push(next.label);
      }
      if (batch.length === 0) return;
      this.sent += batch.length;
      this.sending = this.sending.then(() => this.store(batch));
    }
  }

  private async store(batch: readonly Label[]): Promise<void> {
    try {
      this.accepted += await this.send(batch);
    } catch (error) {
      this.failed += batch.length;
      this.reason = error instanceof Error ? error.message : String(error);
    }
  }

  /** Until all that was sent is stored, or has failed. */
  settled(): Promise<void> {
    return this.sending;
  }

  counts(): LabelCounts {
    const { sent, accepted, failed, reason } = this;
    return {
      sent,
      accepted,
      failed,
      notDue: this.waiting.length - this.first,
      ...(reason === undefined ? {} : { reason }),
    };
  }
}
