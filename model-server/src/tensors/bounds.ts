import type { Feature } from '../model/features';
import { DATATYPES } from './datatype';
import type { Datatype } from './datatype';

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** Up to here every whole number has a float of its own; one more, and two numbers would get one score. */
const WHOLE: Readonly<Partial<Record<Datatype, number>>> = { FP32: 2 ** 24, FP64: Number.MAX_SAFE_INTEGER };

/** Whether the feature takes whole numbers only. */
export function isWhole(feature: Feature, datatype: Datatype): boolean {
  return feature.type === 'category' || feature.integer || DATATYPES[datatype].kind !== 'float';
}

/**
 * The least and the largest number that a feature takes in a tensor of the datatype, as doubles.
 *
 * One verdict for one value, whatever the encoding: for FP32 the feature's bounds are rounded outwards to float32, so that
 * a bound of 0.1 admits 0.10000000149, which is what 0.1 becomes on the way.
 */
export function boundsOf(feature: Feature, datatype: Datatype): Bounds {
  const { kind, bytes, min: least, max: most } = DATATYPES[datatype];
  const stated =
    feature.type === 'category'
      ? { min: 0, max: feature.categories.length - 1 }
      : { min: feature.min, max: feature.max };
  const { min, max } = datatype === 'FP32' ? outwards(stated) : stated;
  // A 64-bit element is always in range; the range given applies to JSON.
  const open = kind === 'integer' && bytes === 8;
  const whole = (isWhole(feature, datatype) ? WHOLE[datatype] : undefined) ?? Infinity;
  const low = Math.max(open ? -Infinity : least, -whole, -Number.MAX_VALUE);
  const high = Math.min(open ? Infinity : most, whole, Number.MAX_VALUE);
  return { min: Math.max(min, low), max: Math.min(max, high) };
}

function outwards({ min, max }: Bounds): Bounds {
  return { min: -floatAbove(-min), max: floatAbove(max) };
}

/** The least float32 that is not below the bound; the bound where it would be infinite. */
function floatAbove(bound: number): number {
  const nearest = Math.fround(bound);
  const above = nearest >= bound ? nearest : next(nearest);
  return Number.isFinite(above) ? above : bound;
}

const FLOAT = new Float32Array(1);
const FLOAT_BITS = new Int32Array(FLOAT.buffer);

/** The next float32. */
function next(value: number): number {
  FLOAT[0] = value === 0 ? 0 : value;
  FLOAT_BITS[0]! += value < 0 ? -1 : 1;
  return FLOAT[0];
}
