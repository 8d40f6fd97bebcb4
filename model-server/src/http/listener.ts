import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

import { RequestError } from '../errors';
import type { RequestDuration } from '../metrics/request-duration';
import type { AppContext } from './app';
import type { Connections } from './connections';
import { refuse } from './errors';
import type { HeldBytes } from './held-bytes';
import type { HttpAnswer, InferenceRoute, InferenceRoutes, Log } from './inference';
import { jsonAnswer } from './inference';
import { requestId } from './request-id';
import { send } from './send';

/** What bounds the requests of all connections. */
export interface Bounds {
  readonly connections: Connections;
  readonly held: HeldBytes;
}

type Duration = ReturnType<RequestDuration['route']>;

interface MeasuredRoute extends InferenceRoute {
  readonly duration: Duration;
}

/**
 * Answers predictions directly on Node's server and leaves everything else to `others`: a framework's routing, hooks
 * and replies take a fifth of the time of a single-row request. Its routes are the same.
 */
export function inferenceListener(
  context: AppContext,
  { connections, held }: Bounds,
  { infer, inferVersion, predict }: InferenceRoutes,
  others: RequestListener,
  log: Log,
): RequestListener {
  const { model, metrics, lifecycle } = context;
  const routes = new Map<string, MeasuredRoute>();
  for (const route of [infer, inferVersion, predict])
    if (route !== undefined)
      routes.set(route.path, {
        ...route,
        duration: metrics.requestDuration.route(route.pattern, ['2xx', '4xx', '5xx']),
      });

  const answer = async (
    request: IncomingMessage,
    response: ServerResponse,
    duration: Duration,
    answerOf: (id: string) => HttpAnswer | Promise<HttpAnswer>,
  ): Promise<void> => {
    const start = performance.now();
    const id = requestId(request);
    let answered = 500;
    response.once('close', () => {
      duration.observe(answered, (performance.now() - start) / 1000);
    });
    const found = await answerOf(id);
    answered = found.status;
    const close = lifecycle.phase === 'draining' || found.status === 503;
    send(request, response, found, { version: model.version, requestId: id, close }, held);
  };

  return (request, response) => {
    const verdict = connections.begin(request, response);
    if (verdict === 'drop') return;
    if (verdict instanceof RequestError) {
      const duration = metrics.requestDuration.route('unmatched');
      void answer(request, response, duration, (id) =>
        jsonAnswer(refuse(verdict, request, { requestId: id }, log, metrics)),
      );
      return;
    }
    const route = request.method === 'POST' ? routes.get(request.url ?? '') : undefined;
    if (route === undefined) others(withPath(request), response);
    else void answer(request, response, route.duration, (id) => route.answer(request, response, id));
  };
}

/** Clients that were told of a proxy write the whole address where its path is expected (RFC 9112, 3.2.2). */
function withPath(request: IncomingMessage): IncomingMessage {
  const { url = '' } = request;
  if (!url.startsWith('/')) request.url = url.replace(/^https?:\/\/[^/?#]*\/?/i, '/');
  return request;
}
