import { RequestError, show } from '../errors';
import type { RequestReason } from '../errors';
import type { Feature } from '../model/features';
import type { ModelMetadata } from '../model/metadata';

/**
 * Checks and copies the `data` of the input, flat or nested one array per row, into the layout the graph takes.
 *
 * @returns `rows` × columns FP32 values, row by row; null is NaN.
 * @throws {RequestError} 400 at the first wrong element, with its row, feature and value.
 */
export function readTensorData(
  data: unknown,
  rows: number,
  { input, features }: ModelMetadata,
): Float32Array<ArrayBuffer> {
  const columns = input.shape[1];
  if (!Array.isArray(data))
    throw refuse(
      'data-invalid',
      `input "${input.name}" data`,
      show(data),
      'an array of numbers',
      'Send the values as JSON numbers, row by row.',
    );
  const nested = Array.isArray(data[0]);
  const length = nested ? rows : rows * columns;
  if (data.length !== length)
    throw refuse(
      'data-invalid',
      `input "${input.name}" data`,
      `${data.length} ${nested ? 'rows' : 'elements'}`,
      `${length}, as shape [${rows}, ${columns}] says`,
      'Make shape and data agree.',
    );
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const source = nested ? readRow(data[row], row, columns, input.name) : (data as unknown[]);
    const start = nested ? 0 : row * columns;
    for (const [column, feature] of features.entries()) {
      const value = source[start + column];
      const problem = check(value, feature);
      if (problem !== undefined) throw refuseValue(input.name, row, column, feature, value, problem);
      values[row * columns + column] = value === null ? NaN : (value as number);
    }
  }
  return values;
}

function readRow(row: unknown, index: number, columns: number, input: string): readonly unknown[] {
  if (Array.isArray(row) && row.length === columns) return row;
  throw refuse(
    'data-invalid',
    `input "${input}" data, row ${index}`,
    Array.isArray(row) ? `${row.length} elements` : show(row),
    `an array of ${columns} numbers`,
    'Nest every row or none.',
  );
}

function check(value: unknown, feature: Feature): RequestReason | undefined {
  if (value === null) return feature.nullable ? undefined : 'value-invalid';
  // Rounding to FP32 may overflow: 1e39 is a number, but no FP32 number.
  if (typeof value !== 'number' || !Number.isFinite(Math.fround(value))) return 'value-invalid';
  if (feature.type === 'category') {
    if (!Number.isInteger(value)) return 'value-invalid';
    return value >= 0 && value < feature.categories.length ? undefined : 'value-out-of-range';
  }
  if (feature.integer && !Number.isInteger(value)) return 'value-invalid';
  return value >= feature.min && value <= feature.max ? undefined : 'value-out-of-range';
}

function refuseValue(
  input: string,
  row: number,
  column: number,
  feature: Feature,
  value: unknown,
  reason: RequestReason,
): RequestError {
  return refuse(
    reason,
    `input "${input}" data, row ${row}, feature "${feature.name}" (column ${column})`,
    show(value),
    expectation(feature),
    advice(value, feature),
  );
}

/** What the feature takes, in words: also the reader's documentation of the column. */
function expectation(feature: Feature): string {
  const orNull = feature.nullable ? ' or null' : '';
  if (feature.type === 'category') {
    const shown = feature.categories.slice(0, 10).map((category, index) => `${index} = ${show(category)}`);
    const more = feature.categories.length - shown.length;
    return `a category number (${shown.join(', ')}${more > 0 ? `, … ${more} more` : ''})${orNull}`;
  }
  const noun = feature.integer ? 'a whole number' : 'a finite FP32 number';
  const { min, max } = feature;
  if (Number.isFinite(min) && Number.isFinite(max)) return `${noun} from ${min} to ${max}${orNull}`;
  if (Number.isFinite(min)) return `${noun}, ${min} or more${orNull}`;
  if (Number.isFinite(max)) return `${noun}, ${max} or less${orNull}`;
  return `${noun}${orNull}`;
}

function advice(value: unknown, feature: Feature): string {
  if (value === null) return 'The model was not trained with this value missing: fill it before you ask.';
  if (typeof value === 'string') {
    if (feature.type === 'category') return 'Send the number of the category, not its text.';
    return feature.nullable ? 'Send a JSON number, or null for a missing value.' : 'Send a JSON number.';
  }
  return 'Correct the value, or leave the row out.';
}

function refuse(
  reason: RequestReason,
  what: string,
  got: string,
  expected: string,
  fix: string,
): RequestError {
  return new RequestError(400, reason, { what, got, expected, fix });
}
