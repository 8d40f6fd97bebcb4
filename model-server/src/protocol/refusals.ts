import { RequestError, show } from '../errors';
import type { Model } from '../model/model';

/**
 * @param name The requested model.
 * @param version The requested version; undefined means any.
 * @throws {RequestError} 404 `unknown-model` or `unknown-version`
 */
export function requireServed(
  { metadata, version: served }: Model,
  name: string,
  version: string | undefined,
): void {
  const expected = `model "${metadata.name}" version "${served}"`;
  if (name !== metadata.name)
    throw new RequestError(404, 'unknown-model', {
      what: 'this server does not have the model',
      got: show(name),
      expected,
      fix: `Ask for model "${metadata.name}".`,
    });
  if (version !== undefined && version !== served)
    throw new RequestError(404, 'unknown-version', {
      what: `this server does not have the version of model "${metadata.name}"`,
      got: show(version),
      expected,
      fix: 'Leave the version out, or deploy the version.',
    });
}

/** What the caller is told about an internal error: where the operator finds the details. */
export function internalError(requestId: string, cause: unknown): RequestError {
  return new RequestError(
    500,
    'internal',
    {
      what: 'the server failed',
      got: 'an internal error',
      expected: 'an answer',
      fix: `Look for request id ${requestId} in the server's log.`,
    },
    { cause },
  );
}

/** @param got What came, in words. @param maxBytes The limit. */
export function tooLarge(got: string, maxBytes: number): RequestError {
  return new RequestError(413, 'body-too-large', {
    what: 'the request body is too large',
    got,
    expected: `at most ${maxBytes} bytes`,
    fix: 'Split the batch over several requests.',
  });
}

/** What the caller is told when its bytes are given up for others'. */
export function givenUp(received: number): RequestError {
  return new RequestError(503, 'overloaded', {
    what: 'the server has too much to do',
    got: `more bytes in all requests than it keeps, ${received} of them in this one`,
    expected: 'fewer or smaller requests at a time',
    fix: 'Send the request again a second later, in one go; split a large batch.',
  });
}
