/** One field of an encoded protocol buffer message: a number for varints, the bytes for length-delimited fields. */
export interface Field {
  readonly number: number;
  readonly value: number | Buffer;
}

/**
 * The fields of one message, in order. Fixed-width fields are skipped.
 *
 * @throws {RangeError} where the bytes are not a well-formed message.
 */
export function* fields(message: Buffer): Generator<Field> {
  const cursor = new FieldCursor(message);
  while (cursor.next()) {
    const { number, wire } = cursor;
    if (wire === WIRE.varint) yield { number, value: cursor.varint };
    if (wire === WIRE.bytes) yield { number, value: cursor.bytes() };
  }
}

/** How a field is encoded. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** A varint has at most ten bytes of seven bits. */
const LONGEST = 2 ** 70;

/** Steps through the fields of one message without an object per field, for those that hold many thousands. */
export class FieldCursor {
  number = 0;
  wire: number = WIRE.varint;
  /** Value of a varint. Those above 2^53, negative numbers among them, are not exact. */
  varint = 0;
  /** Bytes `start` to `end` of the message are the value of all other fields. */
  start = 0;
  end = 0;

  constructor(private readonly message: Buffer) {}

  /**
   * Moves to the next field; false after the last one.
   *
   * @throws {RangeError} where the bytes are not a well-formed message.
   */
  next(): boolean {
    if (this.end >= this.message.byteLength) return false;
    const tag = this.readVarint();
    this.number = Math.floor(tag / 8);
    this.wire = tag % 8;
    if (this.number === 0) throw new RangeError('a field has number 0');
    if (this.wire === WIRE.varint) {
      this.varint = this.readVarint();
      return true;
    }
    const length = this.valueLength();
    this.start = this.end;
    this.end += length;
    if (this.end > this.message.byteLength) throw new RangeError('a field runs past the end');
    return true;
  }

  /**
   * Reads on while fields follow that are encoded like this one and hold less than 2^14, as most of those do that repeat
   * thousands of times. Much cheaper than {@link next} while the code is cold, and a model is read once.
   *
   * @returns `count` plus the number of values added to `values`.
   */
  smallVarints(values: Int32Array, count: number): number {
    const { message } = this;
    const tag = this.number * 8 + WIRE.varint;
    let at = this.end;
    let added = count;
    while (message[at] === tag) {
      const low = message[at + 1] ?? 0xff;
      const high = message[at + 2] ?? 0xff;
      if (low < 0x80) {
        values[added++] = low;
        at += 2;
      } else if (high < 0x80) {
        values[added++] = (low & 0x7f) + high * 0x80;
        at += 3;
      } else break;
    }
    this.end = at;
    return added;
  }

  bytes(): Buffer {
    return this.message.subarray(this.start, this.end);
  }

  /** Whether the value is these bytes. */
  equals(bytes: Buffer): boolean {
    const { start, end } = this;
    return (
      end - start === bytes.byteLength && this.message.compare(bytes, 0, bytes.byteLength, start, end) === 0
    );
  }

  text(): string {
    return this.message.toString('utf8', this.start, this.end);
  }

  private valueLength(): number {
    switch (this.wire) {
      case WIRE.fixed64:
        return 8;
      case WIRE.fixed32:
        return 4;
      case WIRE.bytes:
        return this.readVarint();
      default:
        throw new RangeError(`field ${this.number} has an unknown wire type`);
    }
  }

  private readVarint(): number {
    let value = 0;
    for (let scale = 1; scale < LONGEST; scale *= 128) {
      const byte = this.message[this.end++];
      if (byte === undefined) break;
      if (byte < 0x80) return value + byte * scale;
      value += (byte & 0x7f) * scale;
    }
    throw new RangeError('a number runs past the end');
  }
}

/** The numbers of a packed field of varints. @throws {RangeError} where one runs past the end. */
export function packedVarints(bytes: Buffer): number[] {
  const values: number[] = [];
  let value = 0;
  let scale = 1;
  for (const byte of bytes) {
    if (scale >= LONGEST) break;
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte >= 0x80) continue;
    values.push(value);
    value = 0;
    scale = 1;
  }
  if (scale !== 1) throw new RangeError('a number runs past the end');
  return values;
}
