import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';

import type { Model } from '../model/model';
import { ASSETS, etagOf, readAsset } from './assets';
import type { RouteSchemas } from './route-schemas';

/** No other origin, nothing inline: Swagger UI shows text that a model's owner wrote. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const START = `SwaggerUIBundle({ url: 'openapi.json', dom_id: '#swagger-ui', deepLinking: true, tryItOutEnabled: true, validatorUrl: 'none' });\n`;

/**
 * `GET /openapi.json`, which documents every route of the app, and `GET /docs`, a page to try them. Call before adding
 * the other routes.
 */
export function addOpenApi(app: FastifyInstance, { metadata, version }: Model, schemas: RouteSchemas): void {
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    const { hide = false } = route.schema ?? {};
    if (route.method !== 'HEAD' && !hide) routes.push(route);
  });
  const title = `Model server: ${metadata.name}`;
  let document: Promise<string> | undefined;

  app.get('/openapi.json', { schema: schemas.openapi() }, async (request, reply) => {
    document ??= import('./document').then(({ openApiDocument }) =>
      openApiDocument({ routes, schemas: schemas.shared(), title, version }),
    );
    return cached(request, reply, await document, 'application/json; charset=utf-8', 'no-cache');
  });
  app.get('/docs', { schema: schemas.docs() }, (request, reply) => {
    reply.header('content-security-policy', PAGE_POLICY);
    return cached(request, reply, page(title), 'text/html; charset=utf-8', 'no-cache');
  });
  app.get('/docs/start.js', { schema: { hide: true } }, (request, reply) =>
    cached(request, reply, START, 'text/javascript; charset=utf-8', 'no-cache'),
  );
  for (const [name, type] of Object.entries(ASSETS))
    app.get(`/docs/${name}`, { schema: { hide: true } }, async (request, reply) => {
      const { content, etag } = await readAsset(name);
      return cached(request, reply, content, type, 'public, max-age=86400', etag);
    });
}

/** Sends the content, or 304 if the client has it. */
function cached(
  request: FastifyRequest,
  reply: FastifyReply,
  content: Buffer | string,
  type: string,
  cacheControl: string,
  etag = etagOf(content),
): FastifyReply {
  reply.headers({ etag, 'cache-control': cacheControl, 'x-content-type-options': 'nosniff' });
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  return reply.type(type).send(content);
}

/** Relative addresses, so that the page works behind a gateway that adds a prefix. */
function page(title: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;
}
