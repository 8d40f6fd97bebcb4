import { isUtf8 } from 'node:buffer';

import { RequestError, reasonText } from '../errors';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a parsed JSON value is an object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Parsing takes far more memory than the text: up to 40 bytes for each of a bracket, more for each level. */
const MAX_DEPTH = 64;

/** Smaller bodies are parsed unmeasured: whatever they hold, parsing takes a few megabytes for a few milliseconds. */
const SMALL_BYTES = 16 * 1024;

/** Skips a byte order mark: editors and some clients write one, and JSON has no use for it. */
export function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/**
 * Parses the bytes of a request body.
 *
 * @param maxValues Values that any valid request of this kind stays below.
 * @param expected What the JSON should be, for the error.
 * @throws {RequestError} 400 `body-invalid`, 413 `body-too-large`
 */
export function parseJson(
  bytes: Buffer,
  maxValues: number,
  expected = 'an Inference Request JSON Object',
): unknown {
  const json = withoutMark(bytes);
  if (json.byteLength === 0) throw bodyInvalid('an empty body', expected);
  if (!isUtf8(json)) throw bodyInvalid('bytes that are not UTF-8', `${expected} in UTF-8`);
  if (json.byteLength > SMALL_BYTES) requireMeasure(json, maxValues);
  try {
    return JSON.parse(json.toString('utf8'));
  } catch (error) {
    throw bodyInvalid(reasonText(error), expected);
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
/** `[` and `{`, `]` and `}` differ in this bit only. */
const BRACE = 0x20;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Depth and number of values of a JSON text, from its brackets and commas alone. @throws {RequestError} */
function requireMeasure(json: Buffer, maxValues: number): void {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < json.byteLength; at++) {
    const byte = json[at]!;
    if (byte === COMMA) values++;
    else if (byte === QUOTE) at = endOfText(json, at);
    else if ((byte | BRACE) === OPEN) {
      values++;
      if (++depth > MAX_DEPTH)
        throw bodyInvalid(
          `arrays or objects nested more than ${MAX_DEPTH} deep`,
          'data that is flat, or nested one array a row',
          'Send the values row by row.',
        );
    } else if ((byte | BRACE) === CLOSE) depth--;
    if (values > maxValues)
      throw new RequestError(413, 'body-too-large', {
        what: 'the request body holds too many values',
        got: `more than ${maxValues}`,
        expected: 'no more than the rows and columns of a request take',
        fix: 'Split the batch over several requests.',
      });
  }
}

/** Position of the closing quote; the end if there is none. */
function endOfText(json: Buffer, start: number): number {
  for (let at = start + 1; at < json.byteLength; at++) {
    const byte = json[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at++;
  }
  return json.byteLength;
}

/** Values that a request may hold beside those of its rows: names, shapes, parameters. */
const OTHER_VALUES = 4096;

/** Above what any request of so many rows holds, with as much again, so that too many rows are refused as such. */
export function mostValues(maxRows: number, columns: number): number {
  return 2 * maxRows * (columns + 2) + OTHER_VALUES;
}

function bodyInvalid(
  got: string,
  expected: string,
  fix = 'Check the body with a JSON parser; NaN and Infinity are not JSON.',
): RequestError {
  return new RequestError(400, 'body-invalid', { what: 'the request body is not JSON', got, expected, fix });
}
