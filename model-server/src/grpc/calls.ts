import { Metadata, ServerInterceptingCall, status } from '@grpc/grpc-js';
import type { ServerInterceptor, handleUnaryCall } from '@grpc/grpc-js';

import { RequestError } from '../errors';
import type { Log } from '../http/inference';
import { requestId } from '../http/request-id';
import { countRejection } from '../metrics/metrics';
import type { Metrics } from '../metrics/metrics';
import type { Tracer } from '../tracing/tracer';
import { httpStatusOf, refuse } from './status';

/** One method of the service. */
export interface Method {
  readonly name: string;
  /** Full method path. */
  readonly path: string;
  /** Whether its calls are predictions, which are traced. */
  readonly predicts: boolean;
  /** Maps an encoded request to an encoded response. @throws {RequestError | WireError} */
  readonly answer: (request: Buffer, requestId: string) => Reply | Promise<Reply>;
}

export interface Reply {
  readonly bytes: Buffer;
  /** Rows that were scored. */
  readonly rows: number;
}

export interface CallContext {
  readonly metrics: Metrics;
  readonly log: Log;
  /** The version that answers. */
  readonly version: string;
  /** undefined if tracing is off. */
  readonly tracer?: Tracer | undefined;
}

/** The library's handler for a method, with request id, version, span and error status. */
export function handler(
  { path, predicts, answer }: Method,
  { metrics, log, version, tracer }: CallContext,
): handleUnaryCall<Buffer, Buffer> {
  return (call, callback) => {
    const headers = textsOf(call.metadata);
    const id = requestId({ headers });
    const first = new Metadata();
    first.set('x-request-id', id);
    first.set('x-model-version', version);
    call.sendMetadata(first);
    const span = predicts
      ? tracer?.start({ headers, method: 'POST', route: path, requestId: id })
      : undefined;
    const reply = async (): Promise<Reply> => answer(call.request, id);
    reply().then(
      ({ bytes, rows }) => {
        span?.rows(rows);
        span?.end(200);
        callback(null, bytes);
      },
      (error: unknown) => {
        const identity = { requestId: id, ...(span && { traceId: span.traceId }) };
        const { code, details, refusal } = refuse(error, identity, log, metrics);
        span?.end(refusal.status, refusal.reason);
        callback({ code, details });
      },
    );
  };
}

/** Counts and times every call, whichever side ends it; cancels requests that arrive too slowly. */
export function accounting(
  methods: readonly Method[],
  { metrics, log }: CallContext,
  requestTimeoutSeconds: number,
): ServerInterceptor {
  const durations = new Map(
    methods.map(({ name, path }) => [
      path,
      metrics.requestDuration.route(`grpc/${name}`, ['2xx', '4xx', '5xx']),
    ]),
  );
  return ({ path }, next) => {
    const start = performance.now();
    let code: status | undefined;
    let timer: NodeJS.Timeout | undefined;
    const call = new ServerInterceptingCall(next, {
      start(begin) {
        begin({
          onReceiveMetadata(metadata, pass) {
            metrics.requestsInFlight.inc();
            timer = setTimeout(() => {
              const error = tooSlow(requestTimeoutSeconds);
              const identity = { requestId: requestId({ headers: textsOf(metadata) }) };
              call.sendStatus(refuse(error, identity, log, metrics));
            }, requestTimeoutSeconds * 1000);
            pass(metadata);
          },
          onReceiveHalfClose(pass) {
            clearTimeout(timer);
            pass();
          },
          // Called at the end of every call.
          onCancel() {
            clearTimeout(timer);
            metrics.requestsInFlight.dec();
            // The caller disconnected, or the library refused the message: too large, missing, unreadable compression.
            if (code === undefined || code === status.UNIMPLEMENTED) countRejection(metrics, 'aborted');
            const seconds = (performance.now() - start) / 1000;
            durations.get(path)?.observe(httpStatusOf(code ?? status.CANCELLED), seconds);
          },
        });
      },
      sendStatus(ended, pass) {
        code ??= ended.code;
        pass(ended);
      },
    });
    return call;
  };
}

/** The metadata that is text, by name. */
function textsOf(metadata: Metadata): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata.getMap()).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}

function tooSlow(seconds: number): RequestError {
  return new RequestError(408, 'timeout', {
    what: 'the request came too slowly',
    got: 'an incomplete request',
    expected: `all of it within ${seconds} s`,
    fix: 'Send the request again, in one go.',
  });
}
