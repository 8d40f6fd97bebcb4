import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';

import { addOpenApi } from '../openapi/routes';
import { RouteSchemas } from '../openapi/route-schemas';
import { modelMetadata, serverMetadata } from '../protocol/answers';
import { requireServed } from '../protocol/refusals';
import type { AppContext } from './app';
import type { HttpAnswer, InferenceRoute, InferenceRoutes } from './inference';

interface ModelPath {
  readonly Params: { readonly model: string; readonly version?: string };
}

/** Answers past the framework: what it needs to drop a body that was refused. */
export type SendAnswer = (request: FastifyRequest, reply: FastifyReply, answer: HttpAnswer) => void;

/** Open Inference Protocol v2 over HTTP, predictions of named features, and `/metrics`. */
export function addRoutes(
  app: FastifyInstance,
  context: AppContext,
  { infer, inferVersion, predict }: InferenceRoutes,
  send: SendAnswer,
): void {
  const { model, metrics, lifecycle, settings } = context;
  const readiness = () => lifecycle.phase === 'ready';
  const rendered = shared(() => metrics.registry.metrics());
  const schemas = new RouteSchemas(model, settings.maxRows);
  addOpenApi(app, model, schemas);

  app.get('/v2', { schema: schemas.server() }, () => serverMetadata());
  app.get('/v2/health/live', { schema: schemas.live() }, () => ({ live: true }));
  app.get('/v2/health/ready', { schema: schemas.ready() }, (_request, reply) => {
    if (readiness()) return { ready: true };
    return reply.code(503).send({ ready: false, error: `the server is ${lifecycle.phase}` });
  });
  app.get('/metrics', { schema: schemas.metrics() }, async (_request, reply) => {
    return reply.type(metrics.registry.contentType).send(await rendered());
  });

  for (const versioned of [false, true]) {
    const path = versioned ? '/v2/models/:model/versions/:version' : '/v2/models/:model';
    app.get<ModelPath>(path, { schema: schemas.modelMetadata(versioned) }, ({ params }) => {
      requireServed(model, params.model, params.version);
      return modelMetadata(model);
    });
    app.get<ModelPath>(`${path}/ready`, { schema: schemas.modelReady(versioned) }, ({ params }, reply) => {
      requireServed(model, params.model, params.version);
      return reply.code(readiness() ? 200 : 503).send({ name: model.metadata.name, ready: readiness() });
    });
  }
  addInference(app, context, infer, schemas.infer(false), send);
  addInference(app, context, inferVersion, schemas.infer(true), send);
  if (predict !== undefined) addInference(app, context, predict, schemas.predict(), send);
}

/** Predictions through the framework, for spellings of an address that the listener does not know. */
function addInference(
  app: FastifyInstance,
  { model }: AppContext,
  route: InferenceRoute,
  schema: FastifySchema,
  send: SendAnswer,
): void {
  app.post<ModelPath>(route.pattern, { schema }, async (request, reply) => {
    const { params, raw, id } = request;
    requireServed(model, params.model, params.version);
    send(request, reply, await route.answer(raw, reply.raw, id));
    return reply;
  });
}

/** One result for all who ask while it is being made. */
function shared<Result>(make: () => Promise<Result>): () => Promise<Result> {
  let making: Promise<Result> | undefined;
  return () =>
    (making ??= make().finally(() => {
      making = undefined;
    }));
}
