import type { IncomingMessage } from 'node:http';

import type { FastifyBaseLogger } from 'fastify';

import { Inference } from '../protocol/infer';
import { Predictor } from '../protocol/predict';
import type { Scoring } from '../protocol/score';
import { jsonLengthOf, readBody } from './body';

/** An answer before it is written to a connection. */
export interface HttpAnswer {
  readonly status: number;
  /** Name and value by turns. */
  readonly headers: readonly string[];
  readonly body: string | Buffer;
}

/** Reads one request's body and answers it. @throws {RequestError} */
export type Endpoint = (request: IncomingMessage, requestId: string) => Promise<HttpAnswer>;

/** The two ways to ask for a prediction over HTTP. */
export interface InferenceEndpoints {
  readonly infer: Endpoint;
  /** undefined for a model without a score. */
  readonly predict: Endpoint | undefined;
}

const JSON_TYPE = ['content-type', 'application/json; charset=utf-8'];

export interface InferenceLimits {
  readonly maxRows: number;
  readonly maxBodyBytes: number;
}

export function inferenceEndpoints(
  scoring: Scoring,
  { maxRows, maxBodyBytes }: InferenceLimits,
): InferenceEndpoints {
  const inference = new Inference(scoring, maxRows);
  const predictor = Predictor.for(scoring, maxRows);
  return {
    async infer(request, requestId) {
      const bytes = await readBody(request, maxBodyBytes);
      const { body, jsonLength } = await inference.answer(bytes, jsonLengthOf(request, bytes), requestId);
      if (jsonLength === undefined) return { status: 200, headers: JSON_TYPE, body };
      const headers = [
        'content-type',
        'application/octet-stream',
        'inference-header-content-length',
        String(jsonLength),
      ];
      return { status: 200, headers, body };
    },
    predict:
      predictor &&
      (async (request, requestId) => {
        const answer = await predictor.answer(await readBody(request, maxBodyBytes), requestId);
        return { status: 200, headers: JSON_TYPE, body: JSON.stringify(answer) };
      }),
  };
}

/** What an endpoint needs beside the request, to report on it. */
export type Log = Pick<FastifyBaseLogger, 'debug' | 'warn' | 'error'>;
