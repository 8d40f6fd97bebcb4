import type { FastifyInstance, FastifyRequest } from 'fastify';

import { RequestError, reasonText, show } from '../errors';

/** Reads every body as JSON, whatever its content type says: `curl -d` announces a form. */
export function readBodiesAsJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) => {
    try {
      done(null, JSON.parse(text as string));
    } catch (error) {
      done(bodyInvalid(reasonText(error)));
    }
  });
}

/** Refuses bodies that are not plain JSON text before they are read. */
export function refuseEncodedBody({ headers }: FastifyRequest): void {
  const binary = headers['inference-header-content-length'];
  const encoding = headers['content-encoding'] ?? 'identity';
  if (binary === undefined && encoding === 'identity') return;
  throw new RequestError(415, 'encoding-unsupported', {
    what: 'the request body is encoded in a way this server does not read',
    got: binary === undefined ? `content-encoding ${show(encoding)}` : 'binary tensor data',
    expected: 'plain JSON',
    fix: 'Send the tensors as JSON numbers, uncompressed.',
  });
}

/** 400 for a body that is no JSON. */
export function bodyInvalid(got: string): RequestError {
  return new RequestError(400, 'body-invalid', {
    what: 'the request body is not JSON',
    got,
    expected: 'an Inference Request JSON Object',
    fix: 'Check the body with a JSON parser; NaN and Infinity are not JSON.',
  });
}
