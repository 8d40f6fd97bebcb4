import { RequestError, show } from '../errors';
import type { RequestReason } from '../errors';
import { columnsOf } from '../model/metadata';
import type { InputSpec, ModelMetadata, TensorSpec } from '../model/metadata';
import type { TensorValues } from '../tensors/datatype';
import { isObject } from './json';
import type { JsonObject } from './json';

/** A requested output. */
export interface RequestedOutput {
  readonly spec: TensorSpec;
  /** Whether its data should follow the JSON as bytes. */
  readonly binary: boolean;
}

/** A validated inference request. */
export interface InferRequest {
  readonly id: string | undefined;
  readonly rows: number;
  /** One per input of the signature, row by row; a missing value is NaN. */
  readonly inputs: readonly TensorValues[];
  /** In the requested order; all if none is named. */
  readonly outputs: readonly RequestedOutput[];
}

/** An input as described by the request, before its values are read. */
export interface DescribedInput {
  readonly spec: InputSpec;
  readonly datatype: string;
  /** The JSON values; undefined if they are binary. */
  readonly data: unknown;
  /** Length of its values after the JSON; undefined if they are in the JSON. */
  readonly binarySize: number | undefined;
}

/** Everything in a request but the values. */
export interface Envelope {
  readonly id: string | undefined;
  readonly rows: number;
  /** In the order of the request. */
  readonly inputs: readonly DescribedInput[];
  readonly outputs: readonly RequestedOutput[];
}

const ID_CHARACTERS = 256;

/**
 * Validates the JSON of `POST …/infer` against the model, except for the values. Unknown parameters are ignored; null
 * stands for unset wherever a field may be left out, as clients generated from schemas write it.
 *
 * @throws {RequestError} 400, or 413 for too many rows, at the first error.
 */
export function readEnvelope(body: unknown, metadata: ModelMetadata, maxRows: number): Envelope {
  if (!isObject(body)) throw envelope('the request body', show(body), 'a JSON object with "inputs"');
  const id = readId(body.id);
  const parameters = readParameters(body, 'parameters');
  const binary = readFlag(parameters, 'binary_data_output', 'parameters', false);
  const outputs = readOutputs(body.outputs, metadata.outputs, binary);
  const tensors = readInputs(body.inputs, metadata.inputs);
  const rows = tensors.map(({ tensor, spec }) => readRows(tensor.shape, spec, maxRows));
  const [first = 0] = rows;
  const different = rows.findIndex((count) => count !== first);
  if (different !== -1)
    throw refuse(
      'shape-invalid',
      `"inputs"[${different}] shape`,
      `${rows[different] ?? 0} rows`,
      `${first}, as the other inputs have`,
      'Send the same rows in every input.',
    );
  const inputs = tensors.map(({ tensor, spec }) => describeInput(tensor, spec));
  return { id, rows: first, inputs, outputs };
}

function readId(id: unknown): string | undefined {
  if (id === undefined || id === null || id === '') return undefined;
  if (typeof id !== 'string' || id.length > ID_CHARACTERS)
    throw envelope('"id"', show(id), `a text of up to ${ID_CHARACTERS} characters`);
  return id;
}

function readOutputs(
  requested: unknown,
  known: readonly TensorSpec[],
  binary: boolean,
): readonly RequestedOutput[] {
  const all = known.map((spec) => ({ spec, binary }));
  if (requested === undefined || requested === null) return all;
  const names = known.map(({ name }) => `"${name}"`).join(', ');
  if (!Array.isArray(requested)) throw envelope('"outputs"', show(requested), `an array that names ${names}`);
  if (requested.length === 0) return all;
  const outputs = requested.map((output: unknown, index) => {
    const at = `"outputs"[${index}]`;
    if (!isObject(output)) throw envelope(at, show(output), 'an object with "name"');
    const parameters = readParameters(output, `${at} parameters`);
    if ((parameters?.classification ?? 0) !== 0)
      throw envelope(
        `${at} parameters.classification`,
        show(parameters?.classification),
        'no such parameter',
      );
    const spec = findOutput(output.name, known, `${at} name`);
    return { spec, binary: readFlag(parameters, 'binary_data', `${at} parameters`, binary) };
  });
  requireOnce(outputs);
  return outputs;
}

/** The output of that name. @throws {RequestError} 400 `tensor-unknown` */
function findOutput(name: unknown, known: readonly TensorSpec[], at: string): TensorSpec {
  const spec = known.find((output) => output.name === name);
  if (spec !== undefined) return spec;
  const names = known.map((output) => `"${output.name}"`).join(', ');
  throw refuse('tensor-unknown', at, show(name), names, 'Name outputs of the model.');
}

/** @throws {RequestError} 400 if an output is named twice. */
function requireOnce(outputs: readonly RequestedOutput[]): void {
  if (new Set(outputs.map(({ spec }) => spec)).size !== outputs.length)
    throw envelope('"outputs"', 'the same name twice', 'each output at most once');
}

function readInputs(
  inputs: unknown,
  known: readonly InputSpec[],
): readonly { readonly tensor: JsonObject; readonly spec: InputSpec }[] {
  const names = known.map(({ name }) => `"${name}"`).join(', ');
  if (!Array.isArray(inputs)) throw envelope('"inputs"', show(inputs), `an array with input ${names}`);
  const tensors = (inputs as unknown[]).map((tensor, index) => {
    if (!isObject(tensor))
      throw envelope(`"inputs"[${index}]`, show(tensor), 'an object with name, shape, datatype and data');
    return { tensor, spec: findInput(tensor.name, known, `"inputs"[${index}] name`) };
  });
  requireAll(
    tensors.map(({ spec }) => spec),
    known,
  );
  return tensors;
}

/** The input of that name. @throws {RequestError} 400 `tensor-unknown` */
function findInput(name: unknown, known: readonly InputSpec[], at: string): InputSpec {
  const spec = known.find((input) => input.name === name);
  if (spec !== undefined) return spec;
  const names = known.map((input) => `"${input.name}"`).join(', ');
  throw refuse(
    'tensor-unknown',
    at,
    show(name),
    names,
    `Name the input${known.length > 1 ? 's' : ''} of the model.`,
  );
}

/** @throws {RequestError} 400 unless every input of the model is there exactly once. */
function requireAll(given: readonly InputSpec[], known: readonly InputSpec[]): void {
  if (given.length === known.length && new Set(given).size === known.length) return;
  const names = known.map(({ name }) => `"${name}"`).join(', ');
  throw envelope(
    '"inputs"',
    `${given.length} tensors`,
    known.length === 1 ? `exactly one, ${names}` : `each of ${names} once`,
  );
}

/** The number of rows that a shape states. @throws {RequestError} 400 `shape-invalid`, 413 `too-many-rows` */
function readRows(shape: unknown, spec: InputSpec, maxRows: number): number {
  const { name } = spec;
  const dims = (Array.isArray(shape) ? shape : []) as unknown[];
  const [rows] = dims;
  const fits =
    dims.length === spec.shape.length &&
    Number.isSafeInteger(rows) &&
    (dims.length === 1 || dims[1] === columnsOf(spec));
  if (!fits || (rows as number) < 1) {
    const [, ...columns] = spec.shape;
    throw refuse(
      'shape-invalid',
      `input "${name}" shape`,
      show(shape),
      `[${['rows', ...columns].join(', ')}] with at least one row`,
      `Send one column per feature; a single row has shape [${[1, ...columns].join(', ')}].`,
    );
  }
  if ((rows as number) > maxRows)
    throw refuse(
      'too-many-rows',
      `input "${name}" shape`,
      `${rows as number} rows`,
      `at most ${maxRows}`,
      'Split the batch over several requests.',
      413,
    );
  return rows as number;
}

function describeInput(tensor: JsonObject, spec: InputSpec): DescribedInput {
  const at = `input "${spec.name}"`;
  const parameters = readParameters(tensor, `${at} parameters`);
  const datatype = readDatatype(tensor.datatype, spec);
  const size = parameters?.binary_data_size;
  if (size === undefined || size === null)
    return { spec, datatype, data: tensor.data, binarySize: undefined };
  if (!Number.isSafeInteger(size) || (size as number) < 0)
    throw envelope(`${at} parameters.binary_data_size`, show(size), 'a number of bytes');
  if (tensor.data !== undefined && tensor.data !== null)
    throw envelope(at, 'both data and binary_data_size', 'one of them');
  return { spec, datatype, data: undefined, binarySize: size as number };
}

/** The datatype of an input's values: the signature's, or FP64 for FP32. @throws {RequestError} 400 */
function readDatatype(datatype: unknown, spec: InputSpec): 'FP64' | InputSpec['datatype'] {
  if (datatype === spec.datatype) return spec.datatype;
  if (spec.datatype === 'FP32' && datatype === 'FP64') return 'FP64';
  const expected = spec.datatype === 'FP32' ? '"FP32" or "FP64"' : `"${spec.datatype}"`;
  throw refuse(
    'datatype-unsupported',
    `input "${spec.name}" datatype`,
    show(datatype),
    expected,
    spec.datatype === 'FP32'
      ? 'Send the numbers as FP32; FP64 is rounded to FP32.'
      : `Send the values as ${spec.datatype}.`,
  );
}

function readParameters(holder: JsonObject, at: string): JsonObject | undefined {
  const { parameters } = holder;
  if (parameters === undefined || parameters === null) return undefined;
  if (!isObject(parameters)) throw envelope(at, show(parameters), 'an object');
  return parameters;
}

function readFlag(parameters: JsonObject | undefined, name: string, at: string, fallback: boolean): boolean {
  const value = parameters?.[name] ?? fallback;
  if (typeof value !== 'boolean') throw envelope(`${at}.${name}`, show(value), 'true or false');
  return value;
}

/** A 400 for JSON that does not have the protocol's structure. */
function envelope(what: string, got: string, expected: string): RequestError {
  return refuse(
    'envelope-invalid',
    what,
    got,
    expected,
    'See the Open Inference Protocol v2, "Inference Request JSON Object".',
  );
}

function refuse(
  reason: RequestReason,
  what: string,
  got: string,
  expected: string,
  fix: string,
  status = 400,
): RequestError {
  return new RequestError(status, reason, { what, got, expected, fix });
}
