import type { Feature } from '../model/features';
import { DATATYPES } from './datatype';
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
    const { kind, bytes, min, max } = DATATYPES[datatype];
    // A 64-bit element is always in range; the range given applies to JSON.
    const limits =
      kind === 'integer' && bytes === 8 ? { kind, min: -Infinity, max: Infinity } : { kind, min, max };
    this.min = Float64Array.from(features, (feature) =>
      Math.max(lower(feature), limits.min, -Number.MAX_VALUE),
    );
    this.max = Float64Array.from(features, (feature) =>
      Math.min(upper(feature), limits.max, Number.MAX_VALUE),
    );
    this.integer = Uint8Array.from(features, (feature) =>
      feature.type === 'category' || feature.integer || limits.kind !== 'float' ? 1 : 0,
    );
    this.nullable = Uint8Array.from(features, ({ nullable }) => (nullable ? 1 : 0));
  }

  /** Whether the column takes the value. */
  allows(value: number, column: number): boolean {
    if (value >= this.min[column]! && value <= this.max[column]!)
      return this.integer[column] === 0 || value === Math.trunc(value);
    return this.nullable[column] === 1 && Number.isNaN(value);
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

function lower(feature: Feature): number {
  return feature.type === 'category' ? 0 : feature.min;
}

function upper(feature: Feature): number {
  return feature.type === 'category' ? feature.categories.length - 1 : feature.max;
}
