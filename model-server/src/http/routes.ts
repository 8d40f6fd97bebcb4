import type { FastifyInstance } from 'fastify';

import { RequestError, show } from '../errors';
import { modelMetadata, serverMetadata } from '../protocol/answers';
import { infer } from '../protocol/infer';
import type { AppContext } from './app';
import { bodyInvalid, refuseEncodedBody } from './body';

interface ModelPath {
  readonly Params: { readonly model: string; readonly version?: string };
}

/** Open Inference Protocol v2 over HTTP, and `/metrics`. */
export function addRoutes(app: FastifyInstance, context: AppContext): void {
  const { model, metrics, lifecycle, settings } = context;
  const readiness = () => lifecycle.phase === 'ready';

  app.get('/v2', () => serverMetadata());
  app.get('/v2/health/live', () => ({ live: true }));
  app.get('/v2/health/ready', (_request, reply) => {
    if (readiness()) return { ready: true };
    return reply.code(503).send({ ready: false, error: `the server is ${lifecycle.phase}` });
  });
  app.get('/metrics', async (_request, reply) => {
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });

  for (const path of ['/v2/models/:model', '/v2/models/:model/versions/:version']) {
    app.get<ModelPath>(path, ({ params }) => {
      requireServed(params, context);
      return modelMetadata(model);
    });
    app.get<ModelPath>(`${path}/ready`, ({ params }, reply) => {
      requireServed(params, context);
      return reply.code(readiness() ? 200 : 503).send({ name: model.metadata.name, ready: readiness() });
    });
    app.post<ModelPath>(
      `${path}/infer`,
      {
        onRequest: (request, _reply, done) => {
          requireServed(request.params, context);
          refuseEncodedBody(request);
          done();
        },
      },
      ({ body, id }) => {
        if (body === undefined) throw bodyInvalid('an empty body');
        return infer(model, metrics, settings.maxRows, body, id);
      },
    );
  }
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
