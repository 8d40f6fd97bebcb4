import type { IncomingMessage } from 'node:http';

import { RequestError, show } from '../errors';

/**
 * Reads the whole body of a request.
 *
 * @param limit Bytes.
 * @throws {RequestError} 413 `body-too-large`, 415 `encoding-unsupported`, 400 `aborted`.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const { 'content-length': length, 'content-encoding': encoding = 'identity' } = request.headers;
  if (encoding !== 'identity') return Promise.reject(encodingUnsupported(encoding));
  if (Number(length) > limit) return Promise.reject(tooLarge(length, limit));
  return new Promise((resolve, reject) => {
    let only: Buffer | undefined;
    let chunks: Buffer[] | undefined;
    let received = 0;
    request.on('data', (chunk: Buffer) => {
      received += chunk.byteLength;
      if (received > limit) {
        chunks = [];
        reject(tooLarge(length, limit));
      } else if (only === undefined) only = chunk;
      else (chunks ??= [only]).push(chunk);
    });
    request.on('end', () => {
      resolve(chunks === undefined ? (only ?? Buffer.alloc(0)) : Buffer.concat(chunks));
    });
    request.on('close', () => {
      if (!request.complete) reject(aborted());
    });
    // Also emitted for a broken connection.
    request.on('error', () => undefined);
  });
}

/**
 * Length of the JSON before any binary tensors, as the header states; undefined if the body is all JSON.
 *
 * @throws {RequestError} 400 `header-invalid`
 */
export function jsonLengthOf(request: IncomingMessage, body: Buffer): number | undefined {
  const header = request.headers['inference-header-content-length'];
  if (header === undefined) return undefined;
  const length = typeof header === 'string' && /^\d{1,10}$/.test(header) ? Number(header) : NaN;
  if (length <= body.byteLength) return length;
  throw new RequestError(400, 'header-invalid', {
    what: 'header Inference-Header-Content-Length',
    got: show(header),
    expected: `the bytes of JSON, at most the ${body.byteLength} bytes of the body`,
    fix: 'Count the bytes of the JSON part only.',
  });
}

function encodingUnsupported(encoding: string): RequestError {
  return new RequestError(415, 'encoding-unsupported', {
    what: 'the request body is encoded in a way this server does not read',
    got: `content-encoding ${show(encoding)}`,
    expected: 'an uncompressed body',
    fix: 'Send JSON or binary tensors uncompressed.',
  });
}

function tooLarge(length: string | undefined, limit: number): RequestError {
  return new RequestError(413, 'body-too-large', {
    what: 'the request body is too large',
    got: length === undefined ? 'more' : `${length} bytes`,
    expected: `at most ${limit} bytes`,
    fix: 'Split the batch over several requests.',
  });
}

function aborted(): RequestError {
  return new RequestError(400, 'aborted', {
    what: 'the connection ended within the request',
    got: 'part of the body',
    expected: 'all of it',
    fix: 'Send the request again.',
  });
}
