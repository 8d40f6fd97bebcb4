// PostgreSQL's binary format of arrays: node-postgres' text format takes twenty times as long to build.
// https://www.postgresql.org/docs/current/protocol-overview.html#PROTOCOL-FORMAT-CODES, src/backend/utils/adt/arrayfuncs.c

const OID = { bool: 16, int4: 23, text: 25, float4: 700, float8: 701, timestamptz: 1184 };
const HEADER_BYTES = 20;
const NULL_LENGTH = -1;
/** Microseconds from 1970 to 2000, PostgreSQL's epoch. */
const EPOCH_MICROSECONDS = 946_684_800_000_000;
const TWO_TO_32 = 2 ** 32;

/** `real[]`, for many values. */
export function realArray(values: Float64Array): Buffer {
  const { buffer, view } = allocate(OID.float4, values.length, values.length * 8);
  for (let i = 0, at = HEADER_BYTES; i < values.length; i++, at += 8) {
    view.setInt32(at, 4);
    view.setFloat32(at + 4, values[i] ?? NaN);
  }
  return buffer;
}

/** `double precision[]`, for many values. */
export function doubleArray(values: Float64Array): Buffer {
  const { buffer, view } = allocate(OID.float8, values.length, values.length * 12);
  for (let i = 0, at = HEADER_BYTES; i < values.length; i++, at += 12) {
    view.setInt32(at, 8);
    view.setFloat64(at + 4, values[i] ?? NaN);
  }
  return buffer;
}

/** `real[]`; undefined is NULL. */
export function nullableRealArray(values: readonly (number | undefined)[]): Buffer {
  return fixedArray(OID.float4, 4, values, (view, value, at) => {
    view.setFloat32(at, value);
  });
}

/** `integer[]` */
export function integerArray(values: readonly number[]): Buffer {
  return fixedArray(OID.int4, 4, values, (view, value, at) => {
    view.setInt32(at, value);
  });
}

/** `boolean[]`; undefined is NULL. */
export function booleanArray(values: readonly (boolean | undefined)[]): Buffer {
  return fixedArray(OID.bool, 1, values, (view, value, at) => {
    view.setUint8(at, Number(value));
  });
}

/** `timestamptz[]` @param values Milliseconds since 1970, kept to the microsecond. */
export function timeArray(values: readonly number[]): Buffer {
  return fixedArray(OID.timestamptz, 8, values, (view, value, at) => {
    const microseconds = Math.round(value * 1000) - EPOCH_MICROSECONDS;
    const high = Math.floor(microseconds / TWO_TO_32);
    view.setInt32(at, high);
    view.setUint32(at + 4, microseconds - high * TWO_TO_32);
  });
}

/** `text[]` */
export function textArray(values: readonly string[]): Buffer {
  // PostgreSQL's text cannot hold NUL.
  const clean = values.map((text) => (text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text));
  const lengths = clean.map((text) => Buffer.byteLength(text));
  const size = lengths.reduce((sum, length) => sum + 4 + length, 0);
  const { buffer } = allocate(OID.text, values.length, size);
  let at = HEADER_BYTES;
  for (const [index, text] of clean.entries()) {
    at = buffer.writeInt32BE(lengths[index] ?? 0, at);
    at += buffer.write(text, at);
  }
  return buffer;
}

function fixedArray<T>(
  oid: number,
  bytes: number,
  values: readonly (T | undefined)[],
  write: (view: DataView, value: T, at: number) => void,
): Buffer {
  const nulls = values.filter((value) => value === undefined).length;
  const size = values.length * (4 + bytes) - nulls * bytes;
  const { buffer, view } = allocate(oid, values.length, size, nulls > 0);
  let at = HEADER_BYTES;
  for (const value of values) {
    view.setInt32(at, value === undefined ? NULL_LENGTH : bytes);
    at += 4;
    if (value === undefined) continue;
    write(view, value, at);
    at += bytes;
  }
  return buffer;
}

/** An array of one dimension with lower bound 1; the elements are yet to be written. */
function allocate(
  oid: number,
  length: number,
  bytes: number,
  nulls = false,
): { readonly buffer: Buffer; readonly view: DataView } {
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + bytes);
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  for (const [index, value] of [1, nulls ? 1 : 0, oid, length, 1].entries()) view.setInt32(index * 4, value);
  return { buffer, view };
}
