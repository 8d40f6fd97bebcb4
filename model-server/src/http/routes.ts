import type { FastifyInstance, FastifySchema } from 'fastify';

import { RequestError, show } from '../errors';
import { addOpenApi } from '../openapi/routes';
import { RouteSchemas } from '../openapi/route-schemas';
import { modelMetadata, serverMetadata } from '../protocol/answers';
import type { AppContext } from './app';
import type { InferenceRoute, InferenceRoutes } from './inference';

interface ModelPath {
  readonly Params: { readonly model: string; readonly version?: string };
}

/** Open Inference Protocol v2 over HTTP, predictions of named features, and `/metrics`. */
export function addRoutes(
  app: FastifyInstance,
  context: AppContext,
  { infer, inferVersion, predict }: InferenceRoutes,
): void {
  const { model, metrics, lifecycle, settings } = context;
  const readiness = () => lifecycle.phase === 'ready';
  const schemas = new RouteSchemas(model, settings.maxRows);
  addOpenApi(app, model, schemas);

  app.get('/v2', { schema: schemas.server() }, () => serverMetadata());
  app.get('/v2/health/live', { schema: schemas.live() }, () => ({ live: true }));
  app.get('/v2/health/ready', { schema: schemas.ready() }, (_request, reply) => {
    if (readiness()) return { ready: true };
    return reply.code(503).send({ ready: false, error: `the server is ${lifecycle.phase}` });
  });
  app.get('/metrics', { schema: schemas.metrics() }, async (_request, reply) => {
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });

  for (const versioned of [false, true]) {
    const path = versioned ? '/v2/models/:model/versions/:version' : '/v2/models/:model';
    app.get<ModelPath>(path, { schema: schemas.modelMetadata(versioned) }, ({ params }) => {
      requireServed(params, context);
      return modelMetadata(model);
    });
    app.get<ModelPath>(`${path}/ready`, { schema: schemas.modelReady(versioned) }, ({ params }, reply) => {
      requireServed(params, context);
      return reply.code(readiness() ? 200 : 503).send({ name: model.metadata.name, ready: readiness() });
    });
  }
  addInference(app, context, infer, schemas.infer(false));
  addInference(app, context, inferVersion, schemas.infer(true));
  if (predict !== undefined) addInference(app, context, predict, schemas.predict());
}

/** The framework's way to a prediction, for addresses that are spelt in another way than the listener knows them. */
function addInference(
  app: FastifyInstance,
  context: AppContext,
  route: InferenceRoute,
  schema: FastifySchema,
): void {
  app.post<ModelPath>(route.pattern, { schema }, async ({ params, raw, id }, reply) => {
    requireServed(params, context);
    const { status, headers, body } = await route.answer(raw, id);
    for (let i = 0; i < headers.length; i += 2) reply.header(headers[i] ?? '', headers[i + 1]);
    if (!raw.complete) reply.header('connection', 'close');
    return reply.code(status).send(body);
  });
}

function requireServed(params: ModelPath['Params'], { model }: AppContext): void {
  const { name } = model.metadata;
  const served = `model "${name}" version "${model.version}"`;
  if (params.model !== name) {
    throw new RequestError(404, 'unknown-model', {
      what: 'this server does not have the model',
      got: show(params.model),
      expected: served,
      fix: `Ask for /v2/models/${name}.`,
    });
  }
  if (params.version !== undefined && params.version !== model.version) {
    throw new RequestError(404, 'unknown-version', {
      what: `this server does not have the version of model "${name}"`,
      got: show(params.version),
      expected: served,
      fix: 'Leave the version out of the path, or deploy the version.',
    });
  }
}
