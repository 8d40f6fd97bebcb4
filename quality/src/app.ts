import { createHash, timingSafeEqual } from 'node:crypto';

import fastify from 'fastify';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Registry } from 'prom-client';

import { LABELS_LIMIT, readLabel } from '../../contracts/labels';
import type { Label, LabelOutcomes, LabelsAccepted } from '../../contracts/labels';
import { MOST_WAITING } from './exporter/report';
import type { Report } from './exporter/report';
import type { QualityModel } from './models';

export interface AppOptions {
  readonly registry: Registry;
  readonly models: readonly QualityModel[];
  readonly token: string;
  /** Of the last cycle; undefined before the first. */
  readonly report: () => Report | undefined;
  /** Stores labels; returns their receipt. */
  readonly store: (model: string, labels: readonly Label[]) => Promise<string>;
  /** What has become of the labels of a receipt; undefined where there are none. */
  readonly outcomes: (model: string, receipt: string) => Promise<LabelOutcomes | undefined>;
  readonly log: FastifyBaseLogger | false;
}

interface Refusal {
  readonly status: number;
  readonly what: string;
  readonly got: string;
  readonly expected: string;
  readonly fix: string;
}

const RETRY_SECONDS = 10;

/** The labels service, and what the exporter found. */
export function createApp({
  registry,
  models,
  token,
  report,
  store,
  outcomes,
  log,
}: AppOptions): FastifyInstance {
  const options = { bodyLimit: LABELS_LIMIT.bytes, requestTimeout: 30_000 };
  const app = log === false ? fastify(options) : fastify({ ...options, loggerInstance: log });

  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500)
      return refuse(reply, {
        status,
        what: 'the request cannot be read',
        got: error.message,
        expected: `JSON of at most ${LABELS_LIMIT.bytes} bytes`,
        fix: 'Send less at once, with content-type application/json.',
      });
    app.log.error({ err: error }, 'the database does not do its part');
    void reply.header('retry-after', RETRY_SECONDS);
    return refuse(reply, {
      status: 503,
      what: 'the labels were not stored, or not found',
      got: 'no answer from the database',
      expected: 'a database that takes them',
      fix: 'Send the same labels again later: twice counts once.',
    });
  });

  app.get('/healthz', () => 'ok');
  app.get('/metrics', async (_request, reply) => {
    void reply.type(registry.contentType);
    return registry.metrics();
  });

  app.get<{ Params: { model: string } }>('/v1/models/:model/quality', (request, reply) => {
    const { model } = request.params;
    if (!models.some(({ name }) => name === model)) return refuse(reply, unknownModel(model, models));
    const found = report()?.quality.filter((each) => each.model === model);
    return reply.send({
      model,
      state: found === undefined || found.length === 0 ? 'not enough evidence' : 'measured',
      versions: found ?? [],
    });
  });

  // Before the body is read: strangers are not listened to.
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    if (isBearer(request.headers.authorization, token)) return;
    void reply.header('www-authenticate', 'Bearer');
    await refuse(reply, {
      status: 401,
      what: 'who asks is not known',
      got: request.headers.authorization === undefined ? 'no authorization header' : 'another token',
      expected: 'authorization: Bearer TOKEN',
      fix: 'Send the password of the labels service as token: `mlops open` prints it.',
    });
  };

  app.get<{ Params: { model: string; receipt: string } }>(
    '/v1/models/:model/labels/:receipt',
    { onRequest },
    async (request, reply) => {
      const { model, receipt } = request.params;
      const found = await outcomes(model, receipt);
      if (found !== undefined) return reply.send(found);
      return refuse(reply, {
        status: 404,
        what: 'no labels of this receipt',
        got: receipt.slice(0, 100),
        expected: 'a receipt that this model was given, not older than its labels are kept',
        fix: 'Ask with the receipt of the answer to POST, for the same model.',
      });
    },
  );

  app.post<{ Params: { model: string } }>(
    '/v1/models/:model/labels',
    { onRequest },
    async (request, reply) => {
      const { model } = request.params;
      if (!models.some(({ name }) => name === model)) return refuse(reply, unknownModel(model, models));
      const read = readLabels(request.body);
      if ('status' in read) return refuse(reply, read);
      if ((report()?.waiting ?? 0) >= MOST_WAITING) {
        void reply.header('retry-after', 60);
        return refuse(reply, {
          status: 503,
          what: 'too many labels wait for their prediction',
          got: `${MOST_WAITING} or more`,
          expected: `fewer than ${MOST_WAITING}`,
          fix: 'Send labels later, and only those of predictions that this platform made.',
        });
      }
      const answer: LabelsAccepted = { accepted: read.length, receipt: await store(model, read) };
      return reply.code(202).send(answer);
    },
  );
  return app;
}

function readLabels(body: unknown): readonly Label[] | Refusal {
  const labels = (body as { labels?: unknown } | null | undefined)?.labels;
  if (!Array.isArray(labels) || labels.length === 0 || labels.length > LABELS_LIMIT.labels)
    return {
      status: 400,
      what: 'the body holds no labels that can be taken',
      got: Array.isArray(labels) ? `${labels.length} labels` : 'no array `labels`',
      expected: `{"labels": […]} with 1 to ${LABELS_LIMIT.labels} of them`,
      fix: 'Send them in several requests.',
    };
  const good: Label[] = [];
  for (const [index, value] of labels.entries()) {
    const read = readLabel(value);
    if ('problem' in read) {
      const { field, got, expected } = read.problem;
      const fix = 'Correct it and send all again: none of this request was stored.';
      return { status: 400, what: `labels[${index}].${field} cannot be used`, got, expected, fix };
    }
    good.push(read.label);
  }
  return good;
}

function unknownModel(model: string, models: readonly QualityModel[]): Refusal {
  return {
    status: 404,
    what: 'no such model',
    got: model,
    expected: `one of: ${models.map(({ name }) => name).join(', ')}`,
    fix: 'Correct the name, or add the model to platform.yaml.',
  };
}

function refuse(reply: FastifyReply, { status, what, got, expected, fix }: Refusal): FastifyReply {
  return reply.code(status).send({ error: { what, got, expected, fix } });
}

/** Hashes have one length, so that the comparison tells nothing of the token. */
function isBearer(header: string | undefined, token: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(header ?? ''), hash(`Bearer ${token}`));
}
