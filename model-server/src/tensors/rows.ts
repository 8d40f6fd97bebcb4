import type { TensorValues } from './datatype';

/** Rows `from` (inclusive) to `to` (exclusive); a view if the values are a typed array. */
export function sliceRows(values: TensorValues, from: number, to: number, columns: number): TensorValues {
  return Array.isArray(values)
    ? values.slice(from * columns, to * columns)
    : values.subarray(from * columns, to * columns);
}

/** Writes `part` into `whole` from `row` on. Both have the same datatype. */
export function placeRows(whole: TensorValues, part: TensorValues, row: number, columns: number): void {
  if (Array.isArray(whole)) {
    const texts = part as string[];
    for (let i = 0; i < texts.length; i++) whole[row * columns + i] = texts[i]!;
  } else {
    (whole as Float32Array).set(part as Float32Array, row * columns);
  }
}
