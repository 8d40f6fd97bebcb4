import { status } from '@grpc/grpc-js';

import { RequestError } from '../errors';
import type { Log } from '../http/inference';
import { countRejection } from '../metrics/metrics';
import type { Metrics } from '../metrics/metrics';
import { internalError } from '../protocol/refusals';
import { WireError } from '../protobuf/wire-reader';

/** By HTTP status; any other below 500 is the caller's fault too. */
const CODES: Readonly<Record<number, status>> = {
  404: status.NOT_FOUND,
  408: status.DEADLINE_EXCEEDED,
  413: status.RESOURCE_EXHAUSTED,
  503: status.UNAVAILABLE,
};

/** Clients refuse trailers over 8 KiB, and a non-ASCII byte takes three. */
const DETAIL_CHARACTERS = 2000;

/** Fields that identify a call in the log. */
export interface CallIdentity {
  readonly requestId: string;
  readonly traceId?: string;
}

/** The status sent, and the error behind it. */
export interface Refusal {
  readonly code: status;
  readonly details: string;
  readonly refusal: RequestError;
}

/** Turns anything thrown into a status; counts and logs it as for HTTP. */
export function refuse(error: unknown, identity: CallIdentity, log: Log, metrics: Metrics): Refusal {
  const refusal = translate(error, identity.requestId);
  countRejection(metrics, refusal.reason);
  const code = CODES[refusal.status] ?? (refusal.status < 500 ? status.INVALID_ARGUMENT : status.INTERNAL);
  const facts = { ...identity, reason: refusal.reason, grpcStatus: status[code] };
  if (refusal.status >= 500 && refusal.status !== 503)
    log.error({ ...facts, err: refusal.cause ?? error }, 'request failed');
  else log.warn(facts, 'request refused');
  return { code, details: refusal.message.slice(0, DETAIL_CHARACTERS), refusal };
}

/** The HTTP status of the same class: both share one metric label. */
export function httpStatusOf(code: status): number {
  if (code === status.OK) return 200;
  return code === status.INTERNAL || code === status.UNKNOWN ? 500 : 400;
}

function translate(error: unknown, requestId: string): RequestError {
  if (error instanceof RequestError) return error;
  if (error instanceof WireError)
    return new RequestError(400, 'body-invalid', {
      what: 'the request is not the message that this call takes',
      got: error.message,
      expected: 'a message of package inference',
      fix: 'Generate the client from model-server/src/grpc/open-inference.proto.',
    });
  return internalError(requestId, error);
}
