import type { IncomingMessage, ServerResponse } from 'node:http';

import type { FastifyBaseLogger } from 'fastify';

import { REPLAY_HEADER } from '../../../contracts/canary';
import { Inference } from '../protocol/infer';
import { Predictor } from '../protocol/predict';
import type { RequestSpan } from '../tracing/tracer';
import type { AppContext } from './app';
import { jsonLengthOf, readBody } from './body';
import { refuse } from './errors';
import type { Refusal } from './errors';
import type { HeldBytes } from './held-bytes';

/** A response before it is written to a connection. */
export interface HttpAnswer {
  readonly status: number;
  /** Names and values, alternating. */
  readonly headers: readonly string[];
  readonly body: string | Buffer;
}

/** One prediction endpoint. */
export interface InferenceRoute {
  /** The route pattern, as in the framework and the metrics. */
  readonly pattern: string;
  /** The address as most clients write it. */
  readonly path: string;
  /** Reads the body and answers; errors become responses. Never rejects. */
  readonly answer: (
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
  ) => Promise<HttpAnswer>;
}

/** The prediction endpoints over HTTP. */
export interface InferenceRoutes {
  readonly infer: InferenceRoute;
  readonly inferVersion: InferenceRoute;
  /** undefined for a model without a score. */
  readonly predict: InferenceRoute | undefined;
}

/** What requests are reported to. */
export type Log = Pick<FastifyBaseLogger, 'debug' | 'warn' | 'error'>;

type Endpoint = (body: Buffer, request: IncomingMessage, requestId: string) => Promise<Success>;

interface Success extends Omit<HttpAnswer, 'status'> {
  readonly rows: number;
}

const JSON_TYPE = ['content-type', 'application/json; charset=utf-8'];

export function inferenceRoutes(context: AppContext, held: HeldBytes, log: Log): InferenceRoutes {
  const { model, settings } = context;
  const { name } = model.metadata;
  const inference = new Inference(context, settings.maxRows);
  const predictor = Predictor.for(context, settings.maxRows);
  const infer: Endpoint = async (bytes, request, requestId) => {
    const { rows, body, jsonLength } = await inference.answer(bytes, jsonLengthOf(request, bytes), requestId);
    if (jsonLength === undefined) return { headers: JSON_TYPE, body, rows };
    const headers = [
      'content-type',
      'application/octet-stream',
      'inference-header-content-length',
      String(jsonLength),
    ];
    return { headers, body, rows };
  };
  const predict: Endpoint | undefined =
    predictor &&
    (async (bytes, request, requestId) => {
      const isReplay = request.headers[REPLAY_HEADER] !== undefined;
      const answer = await predictor.answer(bytes, requestId, isReplay);
      return { headers: JSON_TYPE, body: JSON.stringify(answer), rows: answer.predictions.length };
    });
  const route = (pattern: string, path: string, endpoint: Endpoint): InferenceRoute => ({
    pattern,
    path,
    answer: answering(pattern, endpoint, context, held, log),
  });
  return {
    infer: route('/v2/models/:model/infer', `/v2/models/${name}/infer`, infer),
    inferVersion: route(
      '/v2/models/:model/versions/:version/infer',
      `/v2/models/${name}/versions/${model.version}/infer`,
      infer,
    ),
    predict: predict && route('/v1/models/:model/predict', `/v1/models/${name}/predict`, predict),
  };
}

/** The endpoint with body reading, error responses and span. */
function answering(
  pattern: string,
  endpoint: Endpoint,
  { tracer, metrics, settings }: AppContext,
  held: HeldBytes,
  log: Log,
): InferenceRoute['answer'] {
  const limits = { maxBytes: settings.maxBodyBytes, held };
  return async (request, response, requestId) => {
    const span = tracer?.start({ headers: request.headers, method: 'POST', route: pattern, requestId });
    let release: (() => void) | undefined;
    try {
      const body = await readBody(request, response, limits);
      ({ release } = body);
      const { rows, ...answer } = await endpoint(body.bytes, request, requestId);
      span?.rows(rows);
      span?.end(200);
      return { status: 200, ...answer };
    } catch (error) {
      const refusal = refuse(error, request, { requestId, ...traceOf(span) }, log, metrics);
      span?.end(refusal.status, refusal.reason);
      return jsonAnswer(refusal);
    } finally {
      release?.();
    }
  };
}

/** A refusal as it is sent. */
export function jsonAnswer({ status, body }: Refusal): HttpAnswer {
  const headers = status === 503 ? [...JSON_TYPE, 'retry-after', '1'] : JSON_TYPE;
  return { status, headers, body: JSON.stringify(body) };
}

function traceOf(span: RequestSpan | undefined) {
  return span && { traceId: span.traceId };
}
