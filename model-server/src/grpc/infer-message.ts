import type { ModelMetadata } from '../model/metadata';
import type { JsonObject } from '../protocol/json';
import { WIRE, WireReader } from '../protobuf/wire-reader';

/** A `ModelInferRequest`, taken apart but not checked. */
export interface InferMessage {
  readonly model: string;
  /** undefined where any version is meant. */
  readonly version: string | undefined;
  /** All but the values, as the protocol's JSON would say it; `data` of an input is its `InferTensorContents`. */
  readonly body: JsonObject;
  /** One per input where the values are not in the inputs themselves; share memory with the message. */
  readonly raw: readonly Buffer[];
}

/** A shape of more numbers than any tensor has: enough to refuse it. */
const MOST_DIMENSIONS = 8;

/**
 * Takes a `ModelInferRequest` apart. Of tensors that are repeated more often than the model has any, only as many are
 * kept as it takes to refuse the request.
 *
 * @throws {WireError} where the bytes are not such a message.
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
  // A message that comes in pieces is the same as its pieces joined.
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

/** The only parameter that changes what the caller expects: `classification` as an entry of the map of parameters. */
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
