import { RequestError, show } from '../errors';
import type { RequestReason } from '../errors';
import type { ModelMetadata, TensorSpec } from '../model/metadata';
import { readTensorData } from './tensor-data';

/** A validated inference request. */
export interface InferRequest {
  readonly id: string | undefined;
  readonly rows: number;
  /** `rows` × columns, row by row; null is NaN. */
  readonly values: Float32Array;
  /** The outputs asked for, in the order asked for; all when none is named. */
  readonly outputs: readonly TensorSpec[];
}

type JsonObject = Readonly<Record<string, unknown>>;

const ID_CHARACTERS = 256;
const DATATYPES = ['FP32', 'FP64'];

/**
 * Checks the JSON of `POST …/infer` against the model. `parameters` are accepted and, as none is defined, not used.
 *
 * @throws {RequestError} 400, or 413 for too many rows, at the first thing that is wrong.
 */
export function parseInferRequest(body: unknown, metadata: ModelMetadata, maxRows: number): InferRequest {
  if (!isObject(body)) throw envelope('the request body', show(body), 'a JSON object with "inputs"');
  const id = readId(body.id);
  checkParameters(body, 'parameters');
  const outputs = readOutputs(body.outputs, metadata.outputs);
  const input = readInput(body.inputs, metadata.input);
  const rows = readRows(input, metadata.input, maxRows);
  return { id, rows, outputs, values: readTensorData(input.data, rows, metadata) };
}

function readId(id: unknown): string | undefined {
  if (id === undefined || id === '') return undefined;
  if (typeof id !== 'string' || id.length > ID_CHARACTERS)
    throw envelope('"id"', show(id), `a text of up to ${ID_CHARACTERS} characters`);
  return id;
}

function readOutputs(requested: unknown, known: readonly TensorSpec[]): readonly TensorSpec[] {
  if (requested === undefined) return known;
  const names = known.map(({ name }) => `"${name}"`).join(', ');
  if (!Array.isArray(requested)) throw envelope('"outputs"', show(requested), `an array that names ${names}`);
  if (requested.length === 0) return known;
  const specs = requested.map((output: unknown, index) => {
    const at = `"outputs"[${index}]`;
    if (!isObject(output)) throw envelope(at, show(output), 'an object with "name"');
    checkParameters(output, `${at} parameters`);
    const spec = known.find(({ name }) => name === output.name);
    if (spec === undefined)
      throw refuse('tensor-unknown', `${at} name`, show(output.name), names, 'Name outputs of the model.');
    return spec;
  });
  if (new Set(specs).size !== specs.length)
    throw envelope('"outputs"', 'the same name twice', 'each output at most once');
  return specs;
}

function readInput(inputs: unknown, spec: TensorSpec): JsonObject {
  if (!Array.isArray(inputs)) throw envelope('"inputs"', show(inputs), `an array with input "${spec.name}"`);
  const tensors = inputs as unknown[];
  tensors.forEach((tensor, index) => {
    if (!isObject(tensor))
      throw envelope(`"inputs"[${index}]`, show(tensor), 'an object with name, shape, datatype and data');
    checkParameters(tensor, `"inputs"[${index}] parameters`);
    if (tensor.name !== spec.name)
      throw refuse(
        'tensor-unknown',
        `"inputs"[${index}] name`,
        show(tensor.name),
        `"${spec.name}"`,
        'Name the input of the model.',
      );
  });
  if (tensors.length !== 1)
    throw envelope('"inputs"', `${tensors.length} tensors`, `exactly one, "${spec.name}"`);
  const input = tensors[0] as JsonObject;
  if (!DATATYPES.includes(input.datatype as string))
    throw refuse(
      'datatype-unsupported',
      `input "${spec.name}" datatype`,
      show(input.datatype),
      DATATYPES.map((name) => `"${name}"`).join(' or '),
      'Send the numbers as FP32; FP64 is rounded to FP32.',
    );
  return input;
}

function readRows({ shape }: JsonObject, { name, shape: [, columns] }: TensorSpec, maxRows: number): number {
  const [rows, width] = (Array.isArray(shape) ? shape : []) as unknown[];
  const valid = Array.isArray(shape) && shape.length === 2 && Number.isSafeInteger(rows) && width === columns;
  if (!valid || (rows as number) < 1)
    throw refuse(
      'shape-invalid',
      `input "${name}" shape`,
      show(shape),
      `[rows, ${columns}] with at least one row`,
      `Send one column per feature; a single row has shape [1, ${columns}].`,
    );
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

function checkParameters(holder: JsonObject, at: string): void {
  const parameters = holder.parameters;
  if (parameters !== undefined && !isObject(parameters)) throw envelope(at, show(parameters), 'an object');
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

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
