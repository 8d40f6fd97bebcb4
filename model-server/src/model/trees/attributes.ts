import { show } from '../../errors';
import { WIRE, WireReader, packedVarints } from '../../protobuf/wire-reader';
import { NotCompilable } from './not-compiled';

/** Field numbers of onnx.proto's AttributeProto. */
const ATTRIBUTE = { name: 1, int: 3, string: 4, floats: 7, ints: 8, strings: 9, doc: 13, type: 20 } as const;

/** Fields without further meaning. */
const DESCRIPTIVE: readonly number[] = [ATTRIBUTE.name, ATTRIBUTE.doc, ATTRIBUTE.type];

const INT32_MAX = 2 ** 31 - 1;

/**
 * The attributes of one node, read by name and type. Those never read are not supported: {@link requireAllRead} throws.
 */
export class Attributes {
  private readonly unread = new Map<string, Buffer>();

  /** @param encoded AttributeProtos. */
  constructor(encoded: readonly Buffer[]) {
    for (const bytes of encoded) {
      const name = nameOf(bytes);
      if (this.unread.has(name))
        throw new NotCompilable('ensemble-malformed', `attribute ${show(name)} twice`);
      this.unread.set(name, bytes);
    }
  }

  /** @throws {NotCompilable} if one is negative or does not fit 31 bits. */
  ints(name: string): Int32Array {
    const bytes = this.take(name);
    const values = new Int32Array(bytes.byteLength);
    let count = 0;
    const cursor = new WireReader(bytes);
    while (cursor.next()) {
      if (isField(cursor, ATTRIBUTE.ints, WIRE.varint)) {
        values[count] = checked(name, cursor.signed());
        count = cursor.smallVarints(values, count + 1);
      } else if (isField(cursor, ATTRIBUTE.ints, WIRE.bytes))
        for (const value of packedVarints(cursor.bytes())) values[count++] = checked(name, value);
      else requireDescriptive(name, cursor);
    }
    return values.subarray(0, count);
  }

  floats(name: string): Float32Array {
    const bytes = this.take(name);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const values = new Float32Array(bytes.byteLength / 4);
    let count = 0;
    const cursor = new WireReader(bytes);
    while (cursor.next()) {
      if (isField(cursor, ATTRIBUTE.floats, WIRE.fixed32)) {
        values[count] = view.getFloat32(cursor.start, true);
        count = cursor.moreFloats(values, count + 1);
      } else if (isField(cursor, ATTRIBUTE.floats, WIRE.bytes))
        for (let at = cursor.start; at + 4 <= cursor.end; at += 4)
          values[count++] = view.getFloat32(at, true);
      else requireDescriptive(name, cursor);
    }
    return values.subarray(0, count);
  }

  /** Each text as its index in `vocabulary`. @throws {NotCompilable} if one is not in it. */
  words(name: string, vocabulary: readonly string[]): Uint8Array {
    const positions = new Map(vocabulary.map((word, position) => [word, position]));
    const bytes = this.take(name);
    const values = new Uint8Array(bytes.byteLength);
    let count = 0;
    const cursor = new WireReader(bytes);
    while (cursor.next()) {
      if (!isField(cursor, ATTRIBUTE.strings, WIRE.bytes)) {
        requireDescriptive(name, cursor);
        continue;
      }
      const position = positions.get(bytes.toString('latin1', cursor.start, cursor.end));
      if (position === undefined)
        throw new NotCompilable('ensemble-unsupported', `${name} ${show(cursor.text())}`);
      values[count] = position;
      count = cursor.moreWords(positions, values, count + 1);
    }
    return values.subarray(0, count);
  }

  string(name: string, fallback: string): string {
    let value = fallback;
    const cursor = new WireReader(this.take(name));
    while (cursor.next()) {
      if (isField(cursor, ATTRIBUTE.string, WIRE.bytes)) value = cursor.text();
      else requireDescriptive(name, cursor);
    }
    return value;
  }

  int(name: string, fallback: number): number {
    let value = fallback;
    const cursor = new WireReader(this.take(name));
    while (cursor.next()) {
      if (isField(cursor, ATTRIBUTE.int, WIRE.varint)) value = cursor.signed();
      else requireDescriptive(name, cursor);
    }
    return value;
  }

  /** Marks an attribute as irrelevant to scores. */
  ignore(name: string): void {
    this.unread.delete(name);
  }

  /** @throws {NotCompilable} `ensemble-unsupported` */
  requireAllRead(): void {
    const [name] = this.unread.keys();
    if (name !== undefined) throw new NotCompilable('ensemble-unsupported', `attribute ${show(name)}`);
  }

  /** Empty if the node does not have it. */
  private take(name: string): Buffer {
    const bytes = this.unread.get(name) ?? Buffer.alloc(0);
    this.unread.delete(name);
    return bytes;
  }
}

function isField(cursor: WireReader, number: number, wire: number): boolean {
  return cursor.number === number && cursor.wire === wire;
}

function requireDescriptive(name: string, { number }: WireReader): void {
  if (!DESCRIPTIVE.includes(number))
    throw new NotCompilable('ensemble-malformed', `attribute ${name} of an unexpected type`);
}

function checked(name: string, value: number): number {
  if (value < 0 || value > INT32_MAX)
    throw new NotCompilable('ensemble-unsupported', `attribute ${name} holds a negative or huge number`);
  return value;
}

function nameOf(attribute: Buffer): string {
  const cursor = new WireReader(attribute);
  while (cursor.next())
    if (cursor.number === ATTRIBUTE.name && cursor.wire === WIRE.bytes) return cursor.text();
  throw new NotCompilable('ensemble-malformed', 'an attribute without a name');
}
