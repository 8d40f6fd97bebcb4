import type { Socket } from 'node:net';

import type { FastifyBaseLogger } from 'fastify';

import { RequestError, reasonText } from '../errors';
import { countRejection } from '../metrics/metrics';
import type { Metrics } from '../metrics/metrics';
import type { HttpSettings } from './app';
import { dropWhatComes, isClosing } from './closing';
import type { Connections } from './connections';

const STATUS_TEXT: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

/** Answers on the bare socket what never became a request: late, oversized or malformed headers. */
export function answerClientError(
  error: Error & { readonly code?: string },
  socket: Socket,
  version: string,
  settings: HttpSettings,
  connections: Connections,
  metrics: Metrics,
  log: FastifyBaseLogger,
): void {
  // Its last answer is under way already.
  if (isClosing(socket) && error.code !== 'ECONNRESET') return;
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  dropWhatComes(socket);
  connections.afterAnswers(socket, () => {
    // What comes after the request that a client said is its last needs no answer.
    if (!socket.writableEnded) refuse(error, socket, version, settings, metrics, log);
  });
}

function refuse(
  error: Error & { readonly code?: string },
  socket: Socket,
  version: string,
  settings: HttpSettings,
  metrics: Metrics,
  log: FastifyBaseLogger,
): void {
  const refusal = translate(error, settings);
  countRejection(metrics, refusal.reason);
  log.warn({ reason: refusal.reason, code: error.code }, 'connection refused');
  const body = JSON.stringify({ error: refusal.message });
  socket.end(
    `HTTP/1.1 ${refusal.status} ${STATUS_TEXT[refusal.status] ?? ''}\r\n` +
      `content-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
      `x-model-version: ${version}\r\nconnection: close\r\n\r\n${body}`,
  );
}

function translate(error: Error & { readonly code?: string }, settings: HttpSettings): RequestError {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new RequestError(408, 'timeout', {
      what: 'the request came too slowly',
      got: 'an incomplete request',
      expected: `its header within ${settings.headerTimeoutSeconds} s, all of it within ${settings.requestTimeoutSeconds} s`,
      fix: 'Send the request again, in one go.',
    });
  }
  if (error.code === 'HPE_HEADER_OVERFLOW') {
    return new RequestError(431, 'header-too-large', {
      what: 'the request header is too large',
      got: 'more',
      expected: `at most ${settings.maxHeaderBytes} bytes`,
      fix: 'Send fewer or shorter headers.',
    });
  }
  return new RequestError(400, 'header-invalid', {
    what: 'the request cannot be read as HTTP/1',
    got: reasonText(error),
    expected: 'a well-formed request',
    fix: 'Correct the client.',
  });
}
