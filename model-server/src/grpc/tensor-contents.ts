import { RequestError } from '../errors';
import type { DescribedInput } from '../protocol/infer-request';
import { columnsOf } from '../model/metadata';
import type { InputSpec } from '../model/metadata';
import { writeBinary } from '../tensors/binary';
import { DATATYPES } from '../tensors/datatype';
import type { Datatype, TensorValues } from '../tensors/datatype';
import { WIRE, WireError, WireReader } from '../protobuf/wire-reader';
import { WireWriter } from '../protobuf/wire-writer';

/** The elements of an `InferTensorContents` field, before narrowing to the tensor's datatype. */
type Wide = Uint8Array | Int32Array | Uint32Array | BigInt64Array | BigUint64Array | Floats | string[];
type Floats = Float32Array | Float64Array;

interface ContentsField {
  readonly number: number;
  readonly name: string;
  readonly allocate: (length: number) => Wide;
}

const INT: ContentsField = { number: 2, name: 'int_contents', allocate: (length) => new Int32Array(length) };
const UINT: ContentsField = {
  number: 4,
  name: 'uint_contents',
  allocate: (length) => new Uint32Array(length),
};

/** The field of `InferTensorContents` for each datatype. */
const FIELDS: Readonly<Record<Datatype, ContentsField>> = {
  BOOL: { number: 1, name: 'bool_contents', allocate: (length) => new Uint8Array(length) },
  INT8: INT,
  INT16: INT,
  INT32: INT,
  INT64: { number: 3, name: 'int64_contents', allocate: (length) => new BigInt64Array(length) },
  UINT8: UINT,
  UINT16: UINT,
  UINT32: UINT,
  UINT64: { number: 5, name: 'uint64_contents', allocate: (length) => new BigUint64Array(length) },
  FP32: { number: 6, name: 'fp32_contents', allocate: (length) => new Float32Array(length) },
  FP64: { number: 7, name: 'fp64_contents', allocate: (length) => new Float64Array(length) },
  BYTES: { number: 8, name: 'bytes_contents', allocate: (length) => new Array<string>(length).fill('') },
};

/**
 * Reads the elements of one input from its `InferTensorContents`.
 *
 * @returns `rows` × columns values of {@link DescribedInput.datatype}; small integers are not yet narrowed.
 * @throws {RequestError} 400 `data-invalid` if the number of elements is wrong.
 * @throws {WireError} if the bytes are not such a message.
 */
export function readContents(
  contents: Buffer,
  { spec, datatype }: Pick<DescribedInput, 'spec' | 'datatype'>,
  rows: number,
): TensorValues {
  const field = FIELDS[datatype as Datatype];
  const length = rows * columnsOf(spec);
  const values = field.allocate(length);
  const count = readElements(contents, field.number, values);
  if (count !== length) throw lengthWrong(spec, field, count, length);
  return values;
}

/** Copies small integers, already range-checked, into the typed array of their datatype. */
export function narrow(values: TensorValues, { datatype }: InputSpec): TensorValues {
  if (!(values instanceof Int32Array || values instanceof Uint32Array)) return values;
  const narrowed = DATATYPES[datatype].allocate(values.length) as Int8Array;
  narrowed.set(values);
  return narrowed;
}

/** Encodes elements as an `InferTensorContents`. */
export function writeContents(values: TensorValues, datatype: Datatype): Buffer {
  const { number } = FIELDS[datatype];
  const writer = new WireWriter();
  if (Array.isArray(values)) return writer.texts(number, values).finish();
  // Packed floats and booleans have the same bytes as the elements in memory.
  if (DATATYPES[datatype].kind === 'integer') writer.integers(number, values);
  else writer.bytes(number, writeBinary(values));
  return writer.finish();
}

/** Fills `into` with a repeated field and returns the number of elements, or one more than fit. */
function readElements(contents: Buffer, field: number, into: Wide): number {
  const reader = new WireReader(contents);
  let count = 0;
  while (reader.next() && count <= into.length) {
    if (reader.number !== field) continue;
    if (Array.isArray(into)) into[count++] = reader.text();
    else if (into instanceof Float32Array || into instanceof Float64Array)
      count = placeFloats(reader, into, count);
    else count = placeIntegers(reader, into, count);
  }
  return Math.min(count, into.length + 1);
}

/** Repeated numbers come packed, in one or more pieces, or one by one. */
function placeFloats(reader: WireReader, into: Floats, count: number): number {
  const size = into.BYTES_PER_ELEMENT;
  if (reader.wire !== WIRE.bytes && reader.wire !== (size === 4 ? WIRE.fixed32 : WIRE.fixed64))
    throw reader.unexpected();
  const bytes = reader.bytes();
  if (bytes.byteLength % size !== 0) throw new WireError(`field ${reader.number} ends within a number`);
  bytes.copy(Buffer.from(into.buffer), count * size);
  return count + bytes.byteLength / size;
}

function placeIntegers(reader: WireReader, into: Exclude<Wide, Floats | string[]>, count: number): number {
  const words = into instanceof Uint8Array ? into : new Uint32Array(into.buffer);
  const wide = into.BYTES_PER_ELEMENT === 8;
  const place = ({ low, high }: WireReader, at: number): void => {
    if (into instanceof Uint8Array) words[at] = low === 0 && high === 0 ? 0 : 1;
    else if (wide) {
      words[2 * at] = low;
      words[2 * at + 1] = high;
    } else words[at] = low;
  };
  if (reader.wire === WIRE.varint) {
    place(reader, count);
    return count + 1;
  }
  if (reader.wire !== WIRE.bytes) throw reader.unexpected();
  const packed = new WireReader(reader.bytes());
  let at = count;
  // A write past the end of a typed array does nothing.
  for (; at <= into.length && packed.nextVarint(); at++) place(packed, at);
  return at;
}

function lengthWrong({ name }: InputSpec, field: ContentsField, count: number, length: number): RequestError {
  return new RequestError(400, 'data-invalid', {
    what: `input "${name}" contents`,
    got: `${count > length ? `more than ${length}` : count} elements of ${field.name}`,
    expected: `${length}, as its shape says`,
    fix: `Put the values into ${field.name} or into raw_input_contents, row by row.`,
  });
}
