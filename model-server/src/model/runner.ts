import type { TensorValues } from '../tensors/datatype';
import type { TensorSpec } from './metadata';

/** One output of a run: `rows` × columns values, row by row. */
export interface Output {
  readonly spec: TensorSpec;
  readonly values: TensorValues;
}

/** Runs the model over a batch of rows. */
export interface Runner {
  /**
   * @param inputs One per input of the signature, `rows` × columns values, row by row; neither modified nor kept.
   * @param outputs The outputs to compute.
   */
  run(
    inputs: readonly TensorValues[],
    rows: number,
    outputs: readonly TensorSpec[],
  ): Promise<readonly Output[]>;
}

/** A runner that holds native memory until it is released. */
export interface Session extends Runner {
  release(): Promise<void>;
}

/** @throws {RangeError} for NaN and infinity, which JSON cannot express. */
export function requireFinite(values: Float32Array | Float64Array, spec: TensorSpec): void {
  for (const value of values)
    if (!Number.isFinite(value)) throw new RangeError(`output "${spec.name}" holds ${value}`);
}
