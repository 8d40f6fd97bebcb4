import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';

import Fastify, { LogController } from 'fastify';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifyServerOptions,
} from 'fastify';

import { RequestError } from '../errors';
import type { Lifecycle } from '../lifecycle';
import type { Scoring } from '../protocol/score';
import type { Settings } from '../settings';
import type { Tracer } from '../tracing/tracer';
import { Addresses } from './addresses';
import { answerClientError } from './client-error';
import { closeInTurn } from './closing';
import { Connections } from './connections';
import { refuse } from './errors';
import { HeldBytes } from './held-bytes';
import { inferenceRoutes, jsonAnswer } from './inference';
import { inferenceListener } from './listener';
import { requestId } from './request-id';
import { addRoutes } from './routes';
import type { SendAnswer } from './routes';
import { holdUntilRead, send } from './send';

export type HttpSettings = Pick<
  Settings,
  | 'maxBodyBytes'
  | 'maxRows'
  | 'maxHeaderBytes'
  | 'headerTimeoutSeconds'
  | 'requestTimeoutSeconds'
  | 'keepAliveSeconds'
  | 'maxHeldBytes'
  | 'maxConnections'
  | 'maxRequests'
  | 'maxRequestsPerConnection'
>;

/** What the HTTP side serves and reports to. */
export interface AppContext extends Scoring {
  /** undefined if tracing is off. */
  readonly tracer?: Tracer | undefined;
  readonly lifecycle: Lifecycle;
  readonly settings: HttpSettings;
  /** Shared with gRPC. */
  readonly held?: HeldBytes;
}

/**
 * Schemas are documentation only (openapi/): endpoints validate requests themselves, with errors that name row and
 * feature. Compiling them to validators and serializers would take a third of the start-up time.
 */
const DOCUMENTING = {
  compilersFactory: { buildValidator: () => () => () => true, buildSerializer: () => () => JSON.stringify },
} as unknown as NonNullable<FastifyServerOptions['schemaController']>;

/** Builds the HTTP server without listening: `inject` works as sockets do. */
export function createApp(context: AppContext, log: FastifyBaseLogger): FastifyInstance {
  const { model, metrics, lifecycle, settings } = context;
  const { held = new HeldBytes(settings.maxHeldBytes, metrics.heldBytes) } = context;
  const connections = new Connections(settings, metrics.requestsInFlight);
  const inference = inferenceRoutes(context, held, log);
  const answer: SendAnswer = (request, reply, answer) => {
    reply.hijack();
    const close = lifecycle.phase === 'draining' || answer.status === 503;
    send(request.raw, reply.raw, answer, { version: model.version, requestId: request.id, close }, held);
  };
  const onError = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const { headers, ...refusal } = jsonAnswer(
      refuse(error, request.raw, { requestId: request.id }, log, metrics),
    );
    const allow = reply.getHeader('allow');
    answer(request, reply, {
      ...refusal,
      headers: allow === undefined ? headers : [...headers, 'allow', String(allow)],
    });
  };
  const stamp = (request: FastifyRequest, reply: FastifyReply): void => {
    reply.raw.setHeader('x-model-version', model.version);
    reply.raw.setHeader('x-request-id', request.id);
  };
  const app = Fastify({
    loggerInstance: log,
    requestIdHeader: false,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: requestId,
    serverFactory: (others) =>
      createHttpServer(settings, inferenceListener(context, { connections, held }, inference, others, log)),
    // As clients join addresses: `…/v2/` + `/models`, `…/infer/`.
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true },
    schemaController: DOCUMENTING,
    // Requests that arrive during shutdown are still answered.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) => {
      stamp(request, reply);
      onError(error, request, reply);
    },
    clientErrorHandler(error, socket) {
      answerClientError(error, socket, model.version, settings, connections, metrics, log);
    },
  });

  const addresses = new Addresses();
  app.addHook('onRoute', (route) => {
    addresses.add(route);
  });
  const refuseAddress = ({ method, url }: FastifyRequest, reply: FastifyReply): never => {
    const path = url.split('?', 1)[0] ?? '';
    const methods = addresses.methodsAt(path).join(', ');
    if (methods === '') throw notFound(method, path, model.metadata.name);
    reply.header('allow', methods);
    throw methodNotAllowed(method, path, methods);
  };
  app.addHook('onRequest', (request, reply, done) => {
    stamp(request, reply);
    // Counted by the listener already, unless it came without a socket.
    connections.begin(request.raw, reply.raw);
    // Runs before the framework rejects the body of a request to an unknown address.
    if (request.is404) refuseAddress(request, reply);
    done();
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (lifecycle.phase === 'draining') reply.raw.setHeader('connection', 'close');
    if (typeof payload === 'string') holdUntilRead(reply.raw, payload.length, held);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.is404 ? 'unmatched' : (request.routeOptions.url ?? 'unmatched');
    metrics.requestDuration.route(route).observe(reply.statusCode, reply.elapsedTime / 1000);
    request.log.debug(
      { method: request.method, route, statusCode: reply.statusCode, milliseconds: reply.elapsedTime },
      'request',
    );
    done();
  });
  app.setErrorHandler(onError);
  app.setNotFoundHandler(refuseAddress);
  // The endpoints read bodies themselves, whatever the content type: `curl -d` says it is a form.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => {
    done(null);
  });
  addRoutes(app, context, inference, answer);
  return app;
}

function notFound(method: string, path: string, model: string): RequestError {
  return new RequestError(404, 'not-found', {
    what: 'there is nothing at this address',
    got: `${method} ${path.slice(0, 100)}`,
    expected: `/v2, /v2/health/live, /v2/health/ready, /v2/models/${model} or /metrics`,
    fix: `POST predictions to /v2/models/${model}/infer.`,
  });
}

function methodNotAllowed(method: string, path: string, methods: string): RequestError {
  return new RequestError(405, 'method-not-allowed', {
    what: 'this address does not have the method',
    got: `${method} ${path.slice(0, 100)}`,
    expected: methods,
    fix: 'See /openapi.json.',
  });
}

function createHttpServer(settings: HttpSettings, listener: RequestListener): Server {
  // How often Node looks for requests that take too long; its default is 30 s.
  const checkMilliseconds = Math.min(1000, settings.headerTimeoutSeconds * 500);
  const server = createServer(
    {
      headersTimeout: settings.headerTimeoutSeconds * 1000,
      requestTimeout: settings.requestTimeoutSeconds * 1000,
      keepAliveTimeout: settings.keepAliveSeconds * 1000,
      maxHeaderSize: settings.maxHeaderBytes,
      connectionsCheckingInterval: checkMilliseconds,
    },
    listener,
  );
  server.maxConnections = settings.maxConnections;
  // A client that reads nothing of its answer for so long loses it. Not before a request that takes too long is answered
  // with 408: this closes without an answer.
  server.timeout = settings.requestTimeoutSeconds * 1000 + 2 * checkMilliseconds;
  // Or Node would drop the requests of clients that close their side after the last one. Not in its types.
  (server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
  // The client is told to continue where its body is read, so that a refusal comes without an upload.
  server.on('checkContinue', listener);
  server.on('checkExpectation', listener);
  closeInTurn(server);
  return server;
}
