import { DATATYPES } from './datatype';
import type { Datatype, TensorValues } from './datatype';

const LENGTH_BYTES = 4;
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
if (!LITTLE_ENDIAN)
  throw new Error('the binary tensor extension is little-endian, and so must be the machine');

/**
 * Reads a tensor of the binary tensor extension: little-endian elements, row by row; each element of BYTES preceded by
 * its length as UINT32.
 *
 * @returns undefined where the bytes are not exactly `length` elements; for BOOL other than 0 or 1, or BYTES other than
 *   UTF-8, too.
 */
export function readBinary(bytes: Buffer, datatype: Datatype, length: number): TensorValues | undefined {
  if (datatype === 'BYTES') return readTexts(bytes, length);
  const values = DATATYPES[datatype].allocate(length) as Exclude<TensorValues, string[]>;
  if (bytes.byteLength !== values.byteLength) return undefined;
  // A copy: a typed array over the body itself would need an offset that is a multiple of the element's size.
  bytes.copy(Buffer.from(values.buffer));
  if (datatype === 'BOOL') for (const value of values) if (value > 1) return undefined;
  return values;
}

function readTexts(bytes: Buffer, length: number): string[] | undefined {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const texts: string[] = [];
  let at = 0;
  while (at + LENGTH_BYTES <= bytes.byteLength && texts.length < length) {
    const start = at + LENGTH_BYTES;
    at = start + bytes.readUInt32LE(at);
    if (at > bytes.byteLength) return undefined;
    try {
      texts.push(decoder.decode(bytes.subarray(start, at)));
    } catch {
      return undefined;
    }
  }
  return at === bytes.byteLength && texts.length === length ? texts : undefined;
}

/** Writes a tensor as the binary tensor extension has it; shares memory with typed arrays. */
export function writeBinary(values: TensorValues): Buffer {
  if (!Array.isArray(values)) return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return Buffer.concat(
    values.flatMap((text) => {
      const content = Buffer.from(text);
      const length = Buffer.allocUnsafe(LENGTH_BYTES);
      length.writeUInt32LE(content.byteLength);
      return [length, content];
    }),
  );
}
