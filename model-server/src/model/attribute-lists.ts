import { show } from '../errors';
import { WIRE, WireReader, packedVarints } from '../protobuf/wire-reader';
import { malformed } from './malformed';

/** Field numbers of onnx.proto's AttributeProto. */
const ATTRIBUTE = { name: 1, int: 3, tensor: 5, floats: 7, ints: 8, strings: 9 } as const;
/** Of its TensorProto. */
const TENSOR = { type: 2, floats: 4, int32s: 5, doubles: 10, raw: 9 } as const;

/** Elements in `raw`, by number of TensorProto.DataType: their bytes, and how to read one. */
const RAW: Readonly<Record<number, readonly [bytes: number, read: (from: Buffer, at: number) => number]>> = {
  1: [4, (from, at) => from.readFloatLE(at)],
  2: [1, (from, at) => from.readUInt8(at)],
  11: [8, (from, at) => from.readDoubleLE(at)],
};

/**
 * The values of a node's attributes that are not empty: numbers, tensors of them, and texts as their codes.
 *
 * @param attributes Encoded AttributeProtos.
 * @param codes Of texts; 0 for any other.
 * @throws {StartError} `ensemble-malformed`
 * @throws {WireError} if the bytes are not a well-formed message.
 */
export function readLists(
  attributes: readonly Buffer[],
  codes: ReadonlyMap<string, number>,
): Map<string, Float64Array> {
  const lists = new Map<string, Float64Array>();
  for (const bytes of attributes) {
    const cursor = new WireReader(bytes);
    // A value takes at least a byte, usually after a tag.
    const values = new Float64Array(bytes.byteLength);
    let name = '';
    let count = 0;
    while (cursor.next()) {
      const { number, wire } = cursor;
      if (number === ATTRIBUTE.name && wire === WIRE.bytes) name = cursor.text();
      else if (number === ATTRIBUTE.strings && wire === WIRE.bytes)
        values[count++] = codes.get(cursor.bytes().toString('latin1')) ?? 0;
      else if (number === ATTRIBUTE.floats && wire !== WIRE.varint)
        for (let at = cursor.start; at + 4 <= cursor.end; at += 4) values[count++] = bytes.readFloatLE(at);
      else if (number === ATTRIBUTE.tensor && wire === WIRE.bytes)
        for (const value of tensorValues(cursor.bytes())) values[count++] = value;
      else if ((number === ATTRIBUTE.ints || number === ATTRIBUTE.int) && wire === WIRE.varint)
        values[count++] = cursor.signed();
      else if (number === ATTRIBUTE.ints)
        for (const value of packedVarints(cursor.bytes())) values[count++] = value;
    }
    if (lists.has(name)) throw malformed(`attribute ${show(name)} twice`, 'each attribute once');
    if (count > 0) lists.set(name, values.subarray(0, count));
  }
  return lists;
}

function tensorValues(tensor: Buffer): number[] {
  const values: number[] = [];
  let raw: Buffer | undefined;
  let type = 0;
  const cursor = new WireReader(tensor);
  while (cursor.next()) {
    const { number, wire, start, end } = cursor;
    if (number === TENSOR.type && wire === WIRE.varint) type = cursor.signed();
    else if (number === TENSOR.raw && wire === WIRE.bytes) raw = cursor.bytes();
    else if (number === TENSOR.floats && wire !== WIRE.varint)
      for (let at = start; at + 4 <= end; at += 4) values.push(tensor.readFloatLE(at));
    else if (number === TENSOR.doubles && wire !== WIRE.varint)
      for (let at = start; at + 8 <= end; at += 8) values.push(tensor.readDoubleLE(at));
    else if (number === TENSOR.int32s && wire === WIRE.varint) values.push(cursor.signed());
    else if (number === TENSOR.int32s) values.push(...packedVarints(cursor.bytes()));
  }
  const [size, read] = RAW[type] ?? [];
  if (size === undefined || read === undefined)
    throw malformed(`a tensor of data type ${type}`, 'FLOAT, DOUBLE or UINT8');
  if (raw !== undefined) for (let at = 0; at + size <= raw.byteLength; at += size) values.push(read(raw, at));
  return values;
}
