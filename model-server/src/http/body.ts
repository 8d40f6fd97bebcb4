import type { IncomingMessage, ServerResponse } from 'node:http';

import { RequestError, show } from '../errors';
import { givenUp, tooLarge } from '../protocol/refusals';
import { codingOf } from './content-coding';
import type { Coding } from './content-coding';
import { Holding } from './held-bytes';
import type { HeldBytes } from './held-bytes';

/** Bodies up to here are not counted as held: the limit of requests under way bounds them. */
const SMALL_BYTES = 16 * 1024;

const CONTINUE = /100-continue/i;

/** Each piece of a body costs as much as a kilobyte: a body sent by the byte holds up others for half a second. */
const MANY_PIECES = 4096;
const LEAST_PIECE_BYTES = 64;

/** Whether a body comes in more pieces than any client has reason to send. */
export function isCrumbled(pieces: number, bytes: number): boolean {
  return pieces > MANY_PIECES && bytes < pieces * LEAST_PIECE_BYTES;
}

export interface BodyLimits {
  /** Bytes of one body, as sent and inflated. */
  readonly maxBytes: number;
  readonly held: HeldBytes;
}

/** A body that was read; release it when the request is answered. */
export interface Body {
  readonly bytes: Buffer;
  readonly release: () => void;
}

/**
 * Reads and inflates the whole body of a request; tells a client that waits for it to continue.
 *
 * @throws {RequestError} 413 `body-too-large`, 415 `encoding-unsupported`, 400 `aborted` or `body-invalid`, 503
 *   `overloaded`.
 */
export function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  { maxBytes, held }: BodyLimits,
): Promise<Body> {
  const { 'content-length': length, expect } = request.headers;
  const coding = codingOf(request);
  if (coding instanceof RequestError) return Promise.reject(coding);
  if (Number(length) > maxBytes) return Promise.reject(tooLarge(`${length ?? ''} bytes`, maxBytes));
  if (expect !== undefined && CONTINUE.test(expect) && request.httpVersion === '1.1')
    response.writeContinue();
  const body = receive(request, maxBytes, held);
  return coding === undefined ? body : inflated(body, coding, maxBytes, held);
}

async function inflated(
  sent: Promise<Body>,
  coding: Coding,
  maxBytes: number,
  held: HeldBytes,
): Promise<Body> {
  const { bytes, release } = await sent;
  try {
    const { inflate } = await import('./inflate');
    const result = await inflate(bytes, coding, maxBytes);
    // In use already: others are given up for it, if any.
    const holding = new Holding(undefined);
    held.add(holding, result.byteLength);
    return {
      bytes: result,
      release: () => {
        held.release(holding);
      },
    };
  } finally {
    release();
  }
}

function receive(request: IncomingMessage, maxBytes: number, held: HeldBytes): Promise<Body> {
  return new Promise((resolve, reject) => {
    const holding = new Holding(undefined);
    const release = (): void => {
      held.release(holding);
    };
    let only: Buffer | undefined;
    let joined: JoinedChunks | undefined;
    let received = 0;
    let pieces = 0;
    let ended = false;
    const stop = (error: RequestError): void => {
      ended = true;
      only = joined = undefined;
      release();
      reject(error);
    };
    request.on('data', (chunk: Buffer) => {
      if (ended) return;
      received += chunk.byteLength;
      if (received > maxBytes) {
        stop(tooLarge(request.headers['content-length'] ?? 'more', maxBytes));
        return;
      }
      if (isCrumbled(++pieces, received)) {
        stop(crumbled(pieces, received));
        return;
      }
      if (only === undefined) only = chunk;
      else (joined ??= new JoinedChunks(only)).add(chunk, maxBytes);
      if (received <= SMALL_BYTES) return;
      holding.giveUp ??= () => {
        stop(givenUp(received));
      };
      held.add(holding, holding.bytes === 0 ? received : chunk.byteLength);
    });
    request.on('end', () => {
      ended = true;
      holding.giveUp = undefined;
      resolve({ bytes: joined?.bytes() ?? only ?? Buffer.alloc(0), release });
    });
    request.on('close', () => {
      if (!request.complete) stop(aborted());
    });
    // Also emitted for a broken connection.
    request.on('error', () => undefined);
  });
}

/** One growing buffer: a chunk may be a single byte, and a buffer of its own for each would take a hundred times that. */
class JoinedChunks {
  private buffer: Buffer;
  private length: number;

  constructor(first: Buffer) {
    this.buffer = first;
    this.length = first.byteLength;
  }

  add(chunk: Buffer, maxBytes: number): void {
    const length = this.length + chunk.byteLength;
    if (length > this.buffer.byteLength) {
      const larger = Buffer.allocUnsafeSlow(Math.min(Math.max(2 * length, 4096), Math.max(maxBytes, length)));
      this.buffer.copy(larger, 0, 0, this.length);
      this.buffer = larger;
    }
    chunk.copy(this.buffer, this.length);
    this.length = length;
  }

  bytes(): Buffer {
    return this.buffer.subarray(0, this.length);
  }
}

/** Whether a part of the request's body has not come yet. Requests without a socket, of tests, do not say. */
export function isUnread({
  complete,
  headers,
}: Pick<IncomingMessage, 'headers'> & { complete?: boolean }): boolean {
  return (
    complete === false &&
    (Number(headers['content-length']) > 0 || headers['transfer-encoding'] !== undefined)
  );
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

function crumbled(pieces: number, received: number): RequestError {
  return new RequestError(400, 'body-invalid', {
    what: 'the request body comes in too many pieces',
    got: `${received} bytes in ${pieces} pieces`,
    expected: `pieces of ${LEAST_PIECE_BYTES} bytes or more, on average`,
    fix: 'Collect the body before you send it.',
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
