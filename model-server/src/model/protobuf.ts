/** One field of an encoded protocol buffer message: a number for varints, the bytes for length-delimited fields. */
export interface Field {
  readonly number: number;
  readonly value: number | Buffer;
}

/**
 * The fields of one message, in order. Fixed-width fields are skipped: nothing here needs them.
 *
 * @throws {RangeError} where the bytes are not a well-formed message.
 */
export function* fields(message: Buffer): Generator<Field> {
  let offset = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = message[offset++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a number runs past the end');
  };
  const skip = (bytes: number): number => {
    const start = offset;
    offset += bytes;
    if (offset > message.byteLength) throw new RangeError('a field runs past the end');
    return start;
  };
  while (offset < message.byteLength) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    if (number === 0) throw new RangeError('a field has number 0');
    switch (tag % 8) {
      case 0:
        yield { number, value: varint() };
        break;
      case 1:
        skip(8);
        break;
      case 2: {
        const length = varint();
        const start = skip(length);
        yield { number, value: message.subarray(start, offset) };
        break;
      }
      case 5:
        skip(4);
        break;
      default:
        throw new RangeError(`field ${number} has an unknown wire type`);
    }
  }
}
