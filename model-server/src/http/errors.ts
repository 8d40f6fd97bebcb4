import type { IncomingMessage } from 'node:http';

import { RequestError, reasonText } from '../errors';
import type { RequestReason } from '../errors';
import { countRejection } from '../metrics/metrics';
import type { Metrics } from '../metrics/metrics';
import { internalError } from '../protocol/refusals';
import type { Log } from './inference';

interface HttpError {
  readonly code?: string;
  readonly statusCode?: number;
}

/** An error response. */
export interface Refusal {
  readonly status: number;
  readonly reason: RequestReason;
  readonly body: { readonly error: string };
}

/** Fields that identify a request in the log. */
export interface RequestIdentity {
  readonly requestId: string;
  readonly traceId?: string;
}

/**
 * Turns anything thrown into `{"error": …}`, counts and logs it. For a refusal it logs the reason, never the
 * message, which quotes the caller's data.
 */
export function refuse(
  error: unknown,
  request: IncomingMessage,
  identity: RequestIdentity,
  log: Log,
  metrics: Metrics,
): Refusal {
  const refusal = error instanceof RequestError ? error : translate(error, request, identity.requestId);
  countRejection(metrics, refusal.reason);
  const facts = { ...identity, reason: refusal.reason, statusCode: refusal.status };
  if (refusal.status >= 500 && refusal.status !== 503)
    log.error({ ...facts, err: refusal.cause ?? error }, 'request failed');
  else log.warn(facts, 'request refused');
  return { status: refusal.status, reason: refusal.reason, body: { error: refusal.message } };
}

function translate(error: unknown, request: IncomingMessage, requestId: string): RequestError {
  const { statusCode = 500 } = error as HttpError;
  if (request.destroyed && !request.complete) {
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
  return internalError(requestId, error);
}
