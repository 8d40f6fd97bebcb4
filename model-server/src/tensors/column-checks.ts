import type { Feature } from '../model/features';
import { boundsOf, isWhole } from './bounds';
import type { Datatype } from './datatype';

/** Any array of plain numbers; NaN stands for a missing value. */
export type Numbers =
  Float32Array | Float64Array | Uint8Array | Uint16Array | Uint32Array | Int8Array | Int16Array | Int32Array;

/** The valid values of one input's columns, laid out for a fast loop. */
export class ColumnChecks {
  private readonly min: Float64Array;
  private readonly max: Float64Array;
  private readonly integer: Uint8Array;
  private readonly nullable: Uint8Array;

  constructor(features: readonly Feature[], datatype: Datatype) {
    const bounds = features.map((feature) => boundsOf(feature, datatype));
    this.min = Float64Array.from(bounds, ({ min }) => min);
    this.max = Float64Array.from(bounds, ({ max }) => max);
    this.integer = Uint8Array.from(features, (feature) => (isWhole(feature, datatype) ? 1 : 0));
    this.nullable = Uint8Array.from(features, ({ nullable }) => (nullable ? 1 : 0));
  }

  /** Whether the column takes the value. */
  allows(value: number, column: number): boolean {
    if (value >= this.min[column]! && value <= this.max[column]!)
      return this.integer[column] === 0 || value === Math.trunc(value);
    return this.nullable[column] === 1 && Number.isNaN(value);
  }

  /** As {@link firstRefused}; integers of 64 bits are compared exactly. */
  firstRefusedBig(values: BigInt64Array | BigUint64Array): number {
    const columns = this.min.length;
    return values.findIndex((value: bigint, position: number) => {
      const column = position % columns;
      return value < this.min[column]! || value > this.max[column]!;
    });
  }

  /** Index of the first invalid value; -1 if all are valid. */
  firstRefused(values: Numbers, length: number): number {
    const columns = this.min.length;
    for (let position = 0, column = 0; position < length; position++) {
      if (!this.allows(values[position]!, column)) return position;
      if (++column === columns) column = 0;
    }
    return -1;
  }
}
