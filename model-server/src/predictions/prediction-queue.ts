import type { ScoredBatch } from '../protocol/scored-batch';
import type { TensorValues } from '../tensors/datatype';
import type { Slice } from './records';

export interface QueueLimits {
  readonly maxRows: number;
  /** Approximate memory. */
  readonly maxBytes: number;
}

/** Overhead of a batch of one row: objects, typed-array headers and ids; about half a kilobyte with Node 20. */
const BATCH_OVERHEAD_BYTES = 512;
const SCORE_BYTES = 4;
/** Header and reference of a text; its characters take up to two bytes each. */
const TEXT_OVERHEAD_BYTES = 24;

/** Answered batches in order, bounded in rows and memory. */
export class PredictionQueue {
  private batches: (ScoredBatch | undefined)[] = [];
  /** Position of the oldest batch. */
  private head = 0;
  /** Rows already removed from the oldest batch. */
  private gone = 0;
  private bytes = 0;
  private waiting = 0;

  constructor(private readonly limits: QueueLimits) {}

  get rows(): number {
    return this.waiting;
  }

  /**
   * Only keeps a reference to the batch: this runs in every request.
   *
   * @returns false if the batch does not fit. An empty queue takes a batch of any size: requests are bounded elsewhere.
   */
  offer(batch: ScoredBatch): boolean {
    const bytes = bytesOf(batch);
    const { maxRows, maxBytes } = this.limits;
    const full = this.waiting + batch.rows > maxRows || this.bytes + bytes > maxBytes;
    if (full && this.waiting > 0) return false;
    this.batches.push(sharesMemory(batch) ? ownMemory(batch) : batch);
    this.waiting += batch.rows;
    this.bytes += bytes;
    return true;
  }

  /** The oldest rows, not removed: at most so many and about so many bytes of values, but at least one. */
  peek(maxRows: number, maxBytes: number): Slice[] {
    const slices: Slice[] = [];
    let rows = 0;
    let bytes = 0;
    let from = this.gone;
    for (let index = this.head; rows < maxRows && bytes < maxBytes; index++) {
      const batch = this.batches[index];
      if (batch === undefined) break;
      const bytesPerRow = valueBytes(batch) / batch.rows;
      const wanted = Math.min(maxRows - rows, Math.ceil((maxBytes - bytes) / bytesPerRow));
      const to = Math.min(batch.rows, from + wanted);
      slices.push({ batch, from, to });
      rows += to - from;
      bytes += (to - from) * bytesPerRow;
      from = 0;
    }
    return slices;
  }

  /** Removes the oldest rows. */
  remove(rows: number): void {
    this.waiting -= rows;
    this.gone += rows;
    for (;;) {
      const batch = this.batches[this.head];
      if (batch === undefined || this.gone < batch.rows) break;
      this.gone -= batch.rows;
      this.bytes -= bytesOf(batch);
      this.batches[this.head] = undefined;
      this.head++;
    }
    // Moving the rest costs no more than the pushes since.
    if (this.head * 2 >= this.batches.length) {
      this.batches = this.batches.slice(this.head);
      this.head = 0;
    }
  }
}

/** Approximate memory of a batch. Recomputed: storing it would take an object per batch. */
function bytesOf(batch: ScoredBatch): number {
  return BATCH_OVERHEAD_BYTES + valueBytes(batch);
}

function valueBytes({ inputs, rows }: ScoredBatch): number {
  let bytes = SCORE_BYTES * rows;
  for (const values of inputs) {
    if (!Array.isArray(values)) bytes += values.byteLength;
    else for (const text of values) bytes += TEXT_OVERHEAD_BYTES + 2 * text.length;
  }
  return bytes;
}

/** A view would keep its whole buffer alive. Reading `buffer` itself is slow in V8. */
function sharesMemory({ inputs, scores }: ScoredBatch): boolean {
  for (const values of inputs) if (!Array.isArray(values) && values.byteOffset > 0) return true;
  return scores !== undefined && scores.byteOffset > 0;
}

function ownMemory(batch: ScoredBatch): ScoredBatch {
  const inputs: TensorValues[] = batch.inputs.map((values) => values.slice());
  return { ...batch, inputs, scores: batch.scores?.slice() };
}
