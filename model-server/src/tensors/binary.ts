import { DATATYPES } from './datatype';
import type { Datatype, TensorValues } from './datatype';

const LENGTH_BYTES = 4;
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
if (!LITTLE_ENDIAN)
  throw new Error('the binary tensor extension is little-endian, and so must be the machine');

/**
 * Reads a tensor of the binary tensor extension: little-endian elements, row by row; a UINT32 length precedes each
 * element of BYTES.
 *
 * @returns undefined if the bytes are not exactly `length` elements, a BOOL is not 0 or 1, or BYTES are not UTF-8.
 */
export function readBinary(bytes: Buffer, datatype: Datatype, length: number): TensorValues | undefined {
  if (datatype === 'BYTES') return readTexts(bytes, length);
  const values = DATATYPES[datatype].allocate(length) as Exclude<TensorValues, string[]>;
  if (bytes.byteLength !== values.byteLength) return undefined;
  // A copy: typed arrays need an aligned offset, which the body may not have.
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

/** Encodes a tensor for the binary tensor extension; shares memory with typed arrays. */
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
