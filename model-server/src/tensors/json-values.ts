import { RequestError, show } from '../errors';
import type { RequestReason } from '../errors';
import type { Feature } from '../model/features';
import { columnsOf } from '../model/metadata';
import type { InputSpec } from '../model/metadata';
import { boundsOf, isWhole } from './bounds';
import { ColumnChecks } from './column-checks';
import { DATATYPES } from './datatype';
import type { Datatype, TensorValues } from './datatype';

/**
 * Validates the `data` of an input, flat or nested with one array per row, and copies it into the graph's layout.
 *
 * @returns `rows` × columns values, row by row; null is NaN.
 * @throws {RequestError} 400 at the first wrong element, with its row, feature and value.
 */
export function readJsonValues(data: unknown, rows: number, input: InputSpec): TensorValues {
  const columns = columnsOf(input);
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
      `${length}, as shape [${[rows, ...input.shape.slice(1)].join(', ')}] says`,
      'Make shape and data agree.',
    );
  const values = DATATYPES[input.datatype].allocate(rows * columns);
  const accepts = elementCheck(input);
  for (let row = 0; row < rows; row++) {
    const source = nested ? readRow(data[row], row, columns, input.name) : (data as unknown[]);
    const start = nested ? 0 : row * columns;
    for (let column = 0; column < columns; column++) {
      const value = source[start + column];
      if (!accepts(value, column)) throw refuseValue(input, row * columns + column, value);
      store(values, row * columns + column, value);
    }
  }
  return values;
}

function store(values: TensorValues, index: number, value: unknown): void {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array)
    values[index] = BigInt(value as number);
  else values[index] = (value ?? NaN) as never;
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

/** Whether a column takes a JSON value. */
function elementCheck({ features, datatype }: InputSpec): (value: unknown, column: number) => boolean {
  if (datatype === 'BYTES')
    return (value, column) => typeof value === 'string' && isCategory(features[column], value);
  const checks = new ColumnChecks(features, datatype);
  const { min, max } = DATATYPES[datatype];
  return (value, column) => {
    if (value === null) return checks.allows(NaN, column);
    if (datatype === 'BOOL' && typeof value === 'boolean') return checks.allows(Number(value), column);
    return typeof value === 'number' && value >= min && value <= max && checks.allows(value, column);
  };
}

function isCategory(feature: Feature | undefined, text: string): boolean {
  return feature?.type === 'category' && feature.categories.includes(text);
}

/**
 * Validates binary values.
 *
 * @throws {RequestError} 400 at the first wrong element, as for JSON.
 */
export function checkValues(values: TensorValues, input: InputSpec, checks: ColumnChecks | undefined): void {
  const refused = firstRefused(values, input, checks);
  if (refused !== -1) throw refuseValue(input, refused, values[refused]);
}

function firstRefused(
  values: TensorValues,
  { features }: InputSpec,
  checks: ColumnChecks | undefined,
): number {
  if (Array.isArray(values))
    return values.findIndex((text, index) => !isCategory(features[index % features.length], text));
  if (checks === undefined) return -1;
  if (values instanceof BigInt64Array || values instanceof BigUint64Array)
    return checks.firstRefusedBig(values);
  return checks.firstRefused(values, values.length);
}

/** What is wrong with the value at a position of an input's data. */
function refuseValue(input: InputSpec, position: number, value: unknown): RequestError {
  const column = position % input.features.length;
  const row = (position - column) / input.features.length;
  const feature = input.features[column];
  if (feature === undefined) throw new RangeError(`input "${input.name}" has no column ${column}`);
  return refuseFeature(
    `input "${input.name}" data, row ${row}, feature "${feature.name}" (column ${column})`,
    feature,
    input.datatype,
    value,
  );
}

/** What is wrong with the value of a feature. */
export function refuseFeature(
  at: string,
  feature: Feature,
  datatype: Datatype,
  value: unknown,
  byText = datatype === 'BYTES',
): RequestError {
  return refuse(
    reasonOf(value, feature, datatype, byText),
    at,
    typeof value === 'bigint' ? String(value) : show(value),
    expectation(feature, datatype, byText),
    advice(value, feature, byText),
  );
}

/** Out of range: the right type but not a valid value. */
function reasonOf(value: unknown, feature: Feature, datatype: Datatype, byText: boolean): RequestReason {
  if (byText) return typeof value === 'string' ? 'value-out-of-range' : 'value-invalid';
  if (typeof value !== 'number' && typeof value !== 'bigint') return 'value-invalid';
  const number = Number(value);
  if (!Number.isFinite(datatype === 'FP64' ? number : Math.fround(number))) return 'value-invalid';
  return isWhole(feature, datatype) && !Number.isInteger(number) ? 'value-invalid' : 'value-out-of-range';
}

/** The feature's valid values, in words; also used in the API documentation. */
function expectation(feature: Feature, datatype: Datatype, byText: boolean): string {
  const orNull = feature.nullable ? ' or null' : '';
  if (feature.type === 'category') {
    const shown = feature.categories
      .slice(0, 10)
      .map((category, index) => (byText ? show(category) : `${index} = ${show(category)}`));
    const more = feature.categories.length - shown.length;
    const all = `${shown.join(', ')}${more > 0 ? `, … ${more} more` : ''}`;
    return `${byText ? 'a category' : 'a category number'} (${all})${orNull}`;
  }
  const { kind, min: least, max: most } = DATATYPES[datatype];
  const whole = isWhole(feature, datatype);
  const noun = whole ? 'a whole number' : `a finite ${datatype} number`;
  const limit = whole && kind === 'float' ? boundsOf(feature, datatype) : undefined;
  const min = Math.max(feature.min, limit?.min ?? (kind === 'float' ? -Infinity : least));
  const max = Math.min(feature.max, limit?.max ?? (kind === 'float' ? Infinity : most));
  if (Number.isFinite(min) && Number.isFinite(max)) return `${noun} from ${min} to ${max}${orNull}`;
  if (Number.isFinite(min)) return `${noun}, ${min} or more${orNull}`;
  if (Number.isFinite(max)) return `${noun}, ${max} or less${orNull}`;
  return `${noun}${orNull}`;
}

function advice(value: unknown, feature: Feature, byText: boolean): string {
  if (value === null || value === undefined)
    return 'The model was not trained with this value missing: fill it before you ask.';
  if (byText) return 'Send the text of a category that the model knows.';
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
