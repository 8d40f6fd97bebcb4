import { RequestError, reasonText } from '../errors';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a parsed JSON value is an object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Parses the bytes of a request body.
 *
 * @param expected What the JSON should be, for the error.
 * @throws {RequestError} 400 `body-invalid`
 */
export function parseJson(bytes: Buffer, expected = 'an Inference Request JSON Object'): unknown {
  if (bytes.byteLength === 0) throw bodyInvalid('an empty body', expected);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw bodyInvalid(reasonText(error), expected);
  }
}

function bodyInvalid(got: string, expected: string): RequestError {
  return new RequestError(400, 'body-invalid', {
    what: 'the request body is not JSON',
    got,
    expected,
    fix: 'Check the body with a JSON parser; NaN and Infinity are not JSON.',
  });
}
