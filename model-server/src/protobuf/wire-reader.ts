import { isUtf8 } from 'node:buffer';

/** Bytes that are not a protocol buffer message. */
export class WireError extends RangeError {}

/** How a field is encoded. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const LONGEST_VARINT_BITS = 70;
const TWO_32 = 2 ** 32;
/** A tag of one byte and the number. */
const FLOAT_FIELD_BYTES = 5;

/**
 * Steps through the fields of an encoded message (https://protobuf.dev/programming-guides/encoding), a request or a
 * model. Reads straight into the result: no object per message or field, no JavaScript value per number, and nothing
 * kept of unwanted fields, however often they repeat.
 */
export class WireReader {
  /** Number of the current field. */
  number = 0;
  wire: number = WIRE.varint;
  /** The lower and upper half of a varint, each 32 bits. */
  low = 0;
  high = 0;
  /** The value of any field but a varint: bytes `start` to `end` of the message. */
  start = 0;
  end = 0;

  constructor(private readonly message: Buffer) {}

  /** Moves to the next field; false after the last one. @throws {WireError} */
  next(): boolean {
    if (!this.nextVarint()) return false;
    this.number = this.low >>> 3;
    this.wire = this.low & 7;
    if (this.number === 0 || this.high !== 0) throw new WireError('a field has no valid number');
    if (this.wire === WIRE.varint) {
      if (!this.nextVarint()) throw cutOff();
      return true;
    }
    const length = this.valueLength();
    this.start = this.end;
    this.end += length;
    if (this.end > this.message.byteLength) throw cutOff();
    return true;
  }

  /** Reads a bare varint; false at the end. @throws {WireError} */
  nextVarint(): boolean {
    const { message } = this;
    let at = this.end;
    if (at >= message.byteLength) return false;
    this.low = 0;
    this.high = 0;
    for (let shift = 0; shift < LONGEST_VARINT_BITS; shift += 7) {
      const byte = message[at++];
      if (byte === undefined) throw cutOff();
      const bits = byte & 0x7f;
      if (shift < 32) this.low |= bits << shift;
      if (shift >= 32) this.high |= bits << (shift - 32);
      else if (shift + 7 > 32) this.high |= bits >>> (32 - shift);
      if (byte < 0x80) {
        this.end = at;
        return true;
      }
    }
    throw new WireError('a number is longer than ten bytes');
  }

  /**
   * Reads on while the following fields are encoded like this one and hold less than 2^14, like most of those that
   * repeat thousands of times. Much cheaper than {@link next} in cold code, and a model is read once.
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

  /**
   * Reads on while the following fields are numbers in four bytes, encoded like this one; as {@link smallVarints}.
   *
   * @returns `count` plus the number of values added to `values`.
   */
  moreFloats(values: Float32Array, count: number): number {
    const { message } = this;
    const tag = this.number * 8 + WIRE.fixed32;
    let at = this.end;
    let added = count;
    while (message[at] === tag && at + FLOAT_FIELD_BYTES <= message.byteLength) {
      values[added++] = message.readFloatLE(at + 1);
      at += FLOAT_FIELD_BYTES;
    }
    this.end = at;
    return added;
  }

  /**
   * Reads on while the following fields are short texts that have a code, encoded like this one; as {@link smallVarints}.
   *
   * @returns `count` plus the number of codes added to `values`.
   */
  moreWords(codes: ReadonlyMap<string, number>, values: Uint8Array, count: number): number {
    const { message } = this;
    const tag = this.number * 8 + WIRE.bytes;
    let at = this.end;
    let added = count;
    while (message[at] === tag) {
      const length = message[at + 1] ?? 0xff;
      const end = at + 2 + length;
      if (length >= 0x80 || end > message.byteLength) break;
      const code = codes.get(message.toString('latin1', at + 2, end));
      if (code === undefined) break;
      values[added++] = code;
      at = end;
    }
    this.end = at;
    return added;
  }

  /** The value of a field other than a varint, as a view into the message. @throws {WireError} */
  bytes(): Buffer {
    if (this.wire === WIRE.varint) throw this.unexpected();
    return this.message.subarray(this.start, this.end);
  }

  /** @throws {WireError} */
  text(): string {
    if (this.wire !== WIRE.bytes) throw this.unexpected();
    const bytes = this.bytes();
    if (!isUtf8(bytes)) throw new WireError(`field ${this.number} is not UTF-8`);
    return bytes.toString();
  }

  /** The last varint as a signed 64-bit number; inexact beyond ±2^53. */
  signed(): number {
    return (this.high | 0) * TWO_32 + (this.low >>> 0);
  }

  unexpected(): WireError {
    return new WireError(`field ${this.number} has wire type ${this.wire}`);
  }

  private valueLength(): number {
    switch (this.wire) {
      case WIRE.fixed64:
        return 8;
      case WIRE.fixed32:
        return 4;
      case WIRE.bytes:
        if (!this.nextVarint()) throw cutOff();
        return (this.high >>> 0) * TWO_32 + (this.low >>> 0);
      default:
        throw this.unexpected();
    }
  }
}

/** The signed numbers of a packed varint field. @throws {WireError} */
export function packedVarints(bytes: Buffer): number[] {
  const reader = new WireReader(bytes);
  const values: number[] = [];
  while (reader.nextVarint()) values.push(reader.signed());
  return values;
}

function cutOff(): WireError {
  return new WireError('the message ends within a field');
}
