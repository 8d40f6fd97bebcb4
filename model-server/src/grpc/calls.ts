import type { Readable } from 'node:stream';

import { Metadata, ServerInterceptingCall, status } from '@grpc/grpc-js';
import type { ServerInterceptingCallInterface, ServerInterceptor, handleUnaryCall } from '@grpc/grpc-js';

import { RequestError } from '../errors';
import { Holding } from '../http/held-bytes';
import type { HeldBytes } from '../http/held-bytes';
import type { Log } from '../http/inference';
import { requestId } from '../http/request-id';
import { countRejection } from '../metrics/metrics';
import type { Metrics } from '../metrics/metrics';
import { givenUp } from '../protocol/refusals';
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

/** Messages up to here are not counted as held. */
const SMALL_BYTES = 16 * 1024;

/**
 * Counts and times every call, whichever side ends it; cancels requests that arrive too slowly, and those whose bytes are
 * the most while the server keeps too many in all.
 */
export function accounting(
  methods: readonly Method[],
  { metrics, log }: CallContext,
  requestTimeoutSeconds: number,
  held: HeldBytes,
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
    let requested: Metadata | undefined;
    const end = (error: RequestError): void => {
      clearTimeout(timer);
      const identity = {
        requestId: requestId({ headers: requested === undefined ? {} : textsOf(requested) }),
      };
      call.sendStatus(refuse(error, identity, log, metrics));
    };
    const holding = new Holding(() => {
      end(givenUp(received));
    });
    let received = 0;
    streamOf(next)?.on('data', (chunk: Buffer) => {
      received += chunk.byteLength;
      if (received > SMALL_BYTES && code === undefined)
        held.add(holding, holding.bytes === 0 ? received : chunk.byteLength);
    });
    const call = new ServerInterceptingCall(next, {
      start(begin) {
        begin({
          onReceiveMetadata(metadata, pass) {
            metrics.requestsInFlight.inc();
            requested = metadata;
            timer = setTimeout(() => {
              end(tooSlow(requestTimeoutSeconds));
            }, requestTimeoutSeconds * 1000);
            pass(metadata);
          },
          onReceiveHalfClose(pass) {
            clearTimeout(timer);
            holding.giveUp = undefined;
            pass();
          },
          // Called at the end of every call.
          onCancel() {
            clearTimeout(timer);
            held.release(holding);
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

/**
 * The stream of a call, to count its bytes as they come: the library hands over whole messages, and keeps up to
 * `MAX_BODY_BYTES` for each of the calls of each connection until then. A member that its types do not name; without it,
 * only each message is bounded.
 */
function streamOf(call: ServerInterceptingCallInterface): Readable | undefined {
  return (call as { readonly stream?: Readable }).stream;
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
