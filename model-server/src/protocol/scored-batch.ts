import type { TensorValues } from '../tensors/datatype';

/** An answered batch, as drift counters and the prediction log see it. */
export interface ScoredBatch {
  /** The prediction id: the `x-request-id`, or a new id if the caller sent none. */
  readonly id: string;
  /** Milliseconds since 1970, when the answer was ready. */
  readonly at: number;
  readonly rows: number;
  /** One per input of the signature, row by row; never modified afterwards. */
  readonly inputs: readonly TensorValues[];
  /** One per row, if the model has a score. */
  readonly scores: Float32Array | undefined;
}

/** Called for every answered batch, once the answer is built. Must be fast and must not throw. */
export interface Observer {
  observe(batch: ScoredBatch): void;
}
