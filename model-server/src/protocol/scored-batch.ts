import type { TensorValues } from '../tensors/datatype';

/** A batch of rows that was answered: what drift counters and the prediction log see. */
export interface ScoredBatch {
  /** The prediction id: the `x-request-id`, a new one for callers that send none. */
  readonly id: string;
  /** Milliseconds since 1970, when the answer was ready. */
  readonly at: number;
  readonly rows: number;
  /** One per input of the signature, row by row; not changed afterwards. */
  readonly inputs: readonly TensorValues[];
  /** One per row, where the model has a score. */
  readonly scores: Float32Array | undefined;
}

/** Is told of every answered batch, after its answer was made. Must be quick and must not throw. */
export interface Observer {
  observe(batch: ScoredBatch): void;
}
