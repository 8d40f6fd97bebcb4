/** A feature's value as the model got it; a missing number is NaN. */
export type FeatureValue = number | bigint | string;

/** One answered row, stored until its label arrives. */
export interface PredictionRecord {
  /** The prediction id that the caller sees: the request id, followed by `/row` in a batch. */
  readonly predictionId: string;
  /** Position in the request, from 0. */
  readonly row: number;
  readonly model: string;
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** undefined if the model has no score. */
  readonly score: number | undefined;
  /** Whether the score reaches the model's threshold. */
  readonly decision: boolean | undefined;
  /** In column order. */
  readonly features: readonly FeatureValue[];
}

/** Where predictions are stored. Every call is retried with the same arguments until it succeeds. */
export interface PredictionSink {
  /** Connects and makes sure that there is a place to write to. */
  prepare(signal: AbortSignal): Promise<void>;
  /**
   * Stores all records or none. Idempotent.
   *
   * @param signal Aborted when nobody waits for the outcome.
   * @throws {UnwritableError} if retrying will not help.
   */
  write(batch: readonly PredictionRecord[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** The sink will never take these records: they are dropped, not retried. */
export class UnwritableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UnwritableError';
  }
}
