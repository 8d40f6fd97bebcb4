import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { refuse } from './answer';
import { basic } from './login';
import type { Settings } from './settings';

/** Grafana's path to a data source, so that clients work with both. */
export const PROXY = '/api/datasources/proxy/uid/prometheus';

// Only what dashboards query: nothing that writes or deletes, no configuration, targets or flags.
const QUERIES = /^\/api\/v1\/(query|query_range|labels|series|label\/[A-Za-z_][A-Za-z0-9_]*\/values)$/;
const POSTABLE = /^\/api\/v1\/(query|query_range|labels|series)$/;
const FORM = 'application/x-www-form-urlencoded';
const MAX_BODY_BYTES = 256 * 1024;
const TIMEOUT_MS = 60_000;

/** Forwards a query to Prometheus with Prometheus's credentials in place of the client's. */
export function proxy(
  { url, login }: Settings['prometheus'],
  path: string,
  search: string,
  incoming: IncomingMessage,
  response: ServerResponse,
): void {
  const { method = '' } = incoming;
  if (!QUERIES.test(path)) {
    refuse(
      response,
      403,
      'forbidden',
      `${path} is not a query. Only queries of Prometheus are answered here.`,
    );
    return;
  }
  if (method !== 'GET' && !(method === 'POST' && POSTABLE.test(path))) {
    refuse(response, 405, 'forbidden', `${method} is not allowed for ${path}. Use GET, or POST for queries.`);
    return;
  }
  const upstream = request({
    host: url.hostname,
    port: url.port === '' ? 80 : url.port,
    path: `${url.pathname.replace(/\/$/, '')}${path}${search}`,
    method,
    timeout: TIMEOUT_MS,
    headers: {
      authorization: basic(login),
      'accept-encoding': incoming.headers['accept-encoding'] ?? 'identity',
      ...(method === 'POST' ? { 'content-type': FORM } : {}),
    },
  });
  const fail = (status: number, message: string) => {
    if (response.headersSent) response.destroy();
    else refuse(response, status, 'unavailable', message);
  };
  upstream.on('response', (answer) => {
    if (answer.statusCode === 401 || answer.statusCode === 403) {
      answer.resume();
      fail(502, `Prometheus at ${url.origin} refuses the viewer's credentials (HTTP ${answer.statusCode}).`);
      return;
    }
    const encoding = answer.headers['content-encoding'];
    response.writeHead(answer.statusCode ?? 502, {
      'content-type': answer.headers['content-type'] ?? 'application/json',
      ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
    });
    answer.pipe(response);
    answer.on('aborted', () => response.destroy());
  });
  upstream.on('timeout', () => {
    upstream.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`));
  });
  upstream.on('error', (error) => {
    fail(502, `Prometheus at ${url.origin} cannot be reached: ${error.message}`);
  });
  // Also if the client disconnects.
  response.on('close', () => upstream.destroy());

  let bytes = 0;
  incoming.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) {
      incoming.pause();
      fail(413, `The query is longer than ${MAX_BODY_BYTES / 1024} KiB.`);
      upstream.destroy();
    } else upstream.write(chunk);
  });
  incoming.on('end', () => {
    upstream.end();
  });
}
