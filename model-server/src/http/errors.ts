import type { FastifyReply, FastifyRequest } from 'fastify';

import { RequestError, reasonText } from '../errors';
import { countRejection } from '../metrics';
import type { Metrics } from '../metrics';
import type { HttpSettings } from './app';

interface HttpError {
  readonly code?: string;
  readonly statusCode?: number;
}

/**
 * Turns anything thrown into `{"error": …}`. Logs the reason, never the message of a refusal: it quotes the caller's
 * data.
 */
export function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  settings: HttpSettings,
  metrics: Metrics,
): void {
  const refusal = error instanceof RequestError ? error : translate(error, request, settings);
  countRejection(metrics, refusal.reason);
  const facts = { reason: refusal.reason, statusCode: refusal.status };
  if (refusal.status >= 500) request.log.error({ ...facts, err: refusal.cause ?? error }, 'request failed');
  else request.log.warn(facts, 'request refused');
  void reply.code(refusal.status).send({ error: refusal.message });
}

function translate(error: unknown, request: FastifyRequest, settings: HttpSettings): RequestError {
  const { code, statusCode = 500 } = error as HttpError;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new RequestError(413, 'body-too-large', {
      what: 'the request body is too large',
      got:
        request.headers['content-length'] === undefined
          ? 'more'
          : `${request.headers['content-length']} bytes`,
      expected: `at most ${settings.maxBodyBytes} bytes`,
      fix: 'Split the batch over several requests.',
    });
  }
  if (request.raw.destroyed && !request.raw.complete) {
    return new RequestError(400, 'aborted', {
      what: 'the connection ended within the request',
      got: 'part of the body',
      expected: 'all of it',
      fix: 'Send the request again.',
    });
  }
  if (statusCode < 500) {
    return new RequestError(statusCode, 'header-invalid', {
      what: 'the request cannot be served',
      got: reasonText(error),
      expected: 'a well-formed request',
      fix: 'Correct the client.',
    });
  }
  return new RequestError(
    500,
    'internal',
    {
      what: 'the server failed',
      got: 'an internal error',
      expected: 'an answer',
      fix: `Look for request id ${request.id} in the server's log.`,
    },
    { cause: error },
  );
}
