import swagger from '@fastify/swagger';
import Fastify from 'fastify';
import type { RouteOptions } from 'fastify';

import type { JsonSchema } from './json-schema';

/** A route as the app serves it, with the schemas that it references. */
export interface Documented {
  readonly routes: readonly Pick<RouteOptions, 'method' | 'url' | 'schema'>[];
  /** Each with its `$id`. */
  readonly schemas: readonly JsonSchema[];
  readonly title: string;
  readonly version: string;
}

/**
 * The OpenAPI 3.1 document of an app's routes, as JSON. The generator runs in a separate app, so that it costs the
 * first request for the document, not the start-up.
 */
export async function openApiDocument({ routes, schemas, title, version }: Documented): Promise<string> {
  const app = Fastify({ exposeHeadRoutes: false });
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
  const components = Object.fromEntries(schemas.map(({ $id, ...schema }) => [String($id), schema]));
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title, version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
      servers: [{ url: '/' }],
    },
    refResolver: { buildLocalReference: ({ $id }) => $id as string },
    transformObject: (generated) => ({
      ...('openapiObject' in generated ? generated.openapiObject : {}),
      components: { schemas: components },
    }),
  });
  // Names only: the generator would take a feature called "$ref" for a reference.
  for (const $id of Object.keys(components)) app.addSchema({ $id });
  for (const { method, url, schema = {} } of routes) app.route({ method, url, schema, handler: () => null });
  await app.ready();
  return JSON.stringify(app.swagger());
}
