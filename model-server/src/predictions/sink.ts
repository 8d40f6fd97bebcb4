/** A value of a feature as the model got it; a missing number is NaN. */
export type FeatureValue = number | bigint | string;

/** One row that was answered, as it is kept for the day its label arrives. */
export interface PredictionRecord {
  /** What the caller knows the prediction by: the request id, in a batch followed by `/row`. */
  readonly predictionId: string;
  /** Position in the request, from 0. */
  readonly row: number;
  readonly model: string;
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** undefined where the model has no score. */
  readonly score: number | undefined;
  /** Whether the score reaches the model's threshold. */
  readonly decision: boolean | undefined;
  /** In the order of the model's columns. */
  readonly features: readonly FeatureValue[];
}

/** Where predictions are stored. Every call is repeated with the same arguments until it succeeds. */
export interface PredictionSink {
  /** Connects and makes sure that there is somewhere to write to. */
  prepare(signal: AbortSignal): Promise<void>;
  /**
   * Stores the records, all or none. Records that are stored already are not stored twice.
   *
   * @param signal Aborted when nobody waits for the outcome any longer.
   * @throws {UnwritableError} where no repetition will help.
   */
  write(batch: readonly PredictionRecord[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** A sink will never take these records: they are dropped instead of tried again. */
export class UnwritableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UnwritableError';
  }
}
