import { RequestError, reasonText } from '../errors';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a parsed JSON value is an object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Parses the bytes of a request body. @throws {RequestError} 400 `body-invalid` */
export function parseJson(bytes: Buffer): unknown {
  if (bytes.byteLength === 0) throw bodyInvalid('an empty body');
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw bodyInvalid(reasonText(error));
  }
}

function bodyInvalid(got: string): RequestError {
  return new RequestError(400, 'body-invalid', {
    what: 'the request body is not JSON',
    got,
    expected: 'an Inference Request JSON Object',
    fix: 'Check the body with a JSON parser; NaN and Infinity are not JSON.',
  });
}
