import { isUtf8 } from 'node:buffer';

/** Bytes that are not a protocol buffer message. */
export class WireError extends Error {}

/** How a field is encoded. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const LONGEST_VARINT_BITS = 70;
const TWO_32 = 2 ** 32;

/**
 * Steps through the fields of an encoded message (https://protobuf.dev/programming-guides/encoding). The fields of a
 * request are read straight into what the model takes: no object per message, no JavaScript value per number, and nothing
 * kept of what is not wanted, however often it is repeated.
 */
export class WireReader {
  /** Number of the field that {@link next} moved to. */
  field = 0;
  wire: number = WIRE.varint;
  /** The lower and upper half of a varint, each 32 bits. */
  low = 0;
  high = 0;
  private start = 0;
  private at = 0;

  constructor(private readonly message: Buffer) {}

  /** Moves to the next field; false after the last one. @throws {WireError} where the bytes are not a message. */
  next(): boolean {
    if (!this.nextVarint()) return false;
    this.field = this.low >>> 3;
    this.wire = this.low & 7;
    if (this.field === 0) throw new WireError('a field has number 0');
    if (this.wire === WIRE.varint) {
      if (!this.nextVarint()) throw cutOff();
      return true;
    }
    const length = this.valueLength();
    this.start = this.at;
    this.at += length;
    if (this.at > this.message.byteLength) throw cutOff();
    return true;
  }

  /** Reads a varint, without a field around it; false at the end. @throws {WireError} */
  nextVarint(): boolean {
    if (this.at >= this.message.byteLength) return false;
    this.low = 0;
    this.high = 0;
    for (let shift = 0; shift < LONGEST_VARINT_BITS; shift += 7) {
      const byte = this.message[this.at++];
      if (byte === undefined) throw cutOff();
      const bits = byte & 0x7f;
      if (shift < 32) this.low |= bits << shift;
      if (shift >= 32) this.high |= bits << (shift - 32);
      else if (shift + 7 > 32) this.high |= bits >>> (32 - shift);
      if (byte < 0x80) return true;
    }
    throw new WireError('a number is longer than ten bytes');
  }

  /** The value of a field that is not a varint; shares memory with the message. @throws {WireError} */
  bytes(): Buffer {
    if (this.wire === WIRE.varint) throw this.unexpected();
    return this.message.subarray(this.start, this.at);
  }

  /** @throws {WireError} */
  text(): string {
    const bytes = this.bytes();
    if (this.wire !== WIRE.bytes) throw this.unexpected();
    if (!isUtf8(bytes)) throw new WireError(`field ${this.field} is not UTF-8`);
    return bytes.toString();
  }

  /** The last varint as a signed number of 64 bits; not exact beyond ±2^53. */
  signed(): number {
    return (this.high | 0) * TWO_32 + (this.low >>> 0);
  }

  unexpected(): WireError {
    return new WireError(`field ${this.field} has wire type ${this.wire}`);
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

function cutOff(): WireError {
  return new WireError('the message ends within a field');
}
