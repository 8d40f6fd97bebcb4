import type { ModelMetadata } from '../model/metadata';
import type { JsonObject } from '../protocol/json';
import { WIRE, WireReader } from '../protobuf/wire-reader';

/** A `ModelInferRequest`, decoded but not validated. */
export interface InferMessage {
  readonly model: string;
  /** undefined means any version. */
  readonly version: string | undefined;
  /** Everything but the values, in the form of the protocol's JSON; an input's `data` is its `InferTensorContents`. */
  readonly body: JsonObject;
  /** Raw contents, one per input, or none; views into the message. */
  readonly raw: readonly Buffer[];
}

/** More dimensions than any tensor has: enough to refuse the shape. */
const MOST_DIMENSIONS = 8;

/**
 * Decodes a `ModelInferRequest`. If it repeats tensors more often than the model has them, keeps just enough to refuse
 * it.
 *
 * @throws {WireError} if the bytes are not such a message.
 */
export function readInferMessage(
  bytes: Buffer,
  { inputs: known, outputs: results }: ModelMetadata,
): InferMessage {
  const text = { model: '', version: '', id: '' };
  const inputs: JsonObject[] = [];
  const outputs: JsonObject[] = [];
  const raw: Buffer[] = [];
  const reader = new WireReader(bytes);
  while (reader.next()) {
    if (reader.number === 1) text.model = reader.text();
    else if (reader.number === 2) text.version = reader.text();
    else if (reader.number === 3) text.id = reader.text();
    else if (reader.number === 5 && inputs.length <= known.length) inputs.push(readInput(reader.bytes()));
    else if (reader.number === 6 && outputs.length <= results.length)
      outputs.push(readRequestedOutput(reader.bytes()));
    else if (reader.number === 7 && raw.length <= known.length) raw.push(reader.bytes());
  }
  const { model, version, id } = text;
  const body = {
    id,
    inputs: inputs.map((input, index) => {
      const binary = raw[index];
      return binary === undefined ? input : { ...input, parameters: { binary_data_size: binary.byteLength } };
    }),
    outputs,
  };
  return { model, version: version === '' ? undefined : version, body, raw };
}

function readInput(bytes: Buffer): JsonObject {
  let name = '';
  let datatype = '';
  const shape: number[] = [];
  const contents: Buffer[] = [];
  const reader = new WireReader(bytes);
  while (reader.next()) {
    if (reader.number === 1) name = reader.text();
    else if (reader.number === 2) datatype = reader.text();
    else if (reader.number === 3) readShape(reader, shape);
    else if (reader.number === 5) contents.push(reader.bytes());
  }
  // Protocol buffers: a message split into pieces equals their concatenation.
  const data = contents.length === 1 ? contents[0] : Buffer.concat(contents);
  return { name, datatype, shape, ...(data?.byteLength === 0 ? {} : { data }) };
}

function readShape(reader: WireReader, shape: number[]): void {
  const packed = reader.wire === WIRE.bytes ? new WireReader(reader.bytes()) : undefined;
  if (packed === undefined && reader.wire !== WIRE.varint) throw reader.unexpected();
  if (packed === undefined) push(shape, reader);
  else while (packed.nextVarint()) push(shape, packed);
}

function push(shape: number[], reader: WireReader): void {
  if (shape.length <= MOST_DIMENSIONS) shape.push(reader.signed());
}

function readRequestedOutput(bytes: Buffer): JsonObject {
  let name = '';
  const parameters: Record<string, unknown> = {};
  const reader = new WireReader(bytes);
  while (reader.next()) {
    if (reader.number === 1) name = reader.text();
    else if (reader.number === 2) readClassification(reader.bytes(), parameters);
  }
  return { name, parameters };
}

/** The only parameter that would change the answer: `classification`, as an entry of the parameter map. */
function readClassification(entry: Buffer, parameters: Record<string, unknown>): void {
  let key = '';
  let value: Buffer = Buffer.alloc(0);
  const reader = new WireReader(entry);
  while (reader.next()) {
    if (reader.number === 1) key = reader.text();
    else if (reader.number === 2) value = reader.bytes();
  }
  if (key !== 'classification') return;
  const choice = new WireReader(value);
  while (choice.next()) if (choice.number === 2) parameters.classification = choice.signed();
}
