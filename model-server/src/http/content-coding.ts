import type { IncomingMessage } from 'node:http';

import { RequestError, show } from '../errors';

export type Coding = 'gzip' | 'deflate';

const CODINGS: Readonly<Record<string, Coding>> = { gzip: 'gzip', 'x-gzip': 'gzip', deflate: 'deflate' };

/**
 * How the body of a request is compressed; undefined for not at all. Names in any case; `identity` is no coding.
 *
 * @returns 415 `encoding-unsupported` for what this server does not read.
 */
export function codingOf({ headers }: Pick<IncomingMessage, 'headers'>): Coding | RequestError | undefined {
  const { 'content-encoding': content, 'transfer-encoding': transfer } = headers;
  if (content === undefined && transfer === undefined) return undefined;
  const codings = namesIn(content).filter((name) => name !== 'identity');
  const [first = ''] = codings;
  const onTheWay = namesIn(transfer).filter((name) => name !== 'chunked');
  if (onTheWay.length > 0) return unsupported(`transfer-encoding ${show(transfer)}`, 'chunked');
  if (codings.length === 0) return undefined;
  if (codings.length === 1 && Object.hasOwn(CODINGS, first)) return CODINGS[first];
  return unsupported(`content-encoding ${show(content)}`, 'identity, or one of gzip and deflate');
}

function namesIn(header: string | undefined): string[] {
  return (header ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function unsupported(got: string, expected: string): RequestError {
  return new RequestError(415, 'encoding-unsupported', {
    what: 'the request body is encoded in a way this server does not read',
    got,
    expected,
    fix: 'Send JSON or binary tensors as they are, or compressed with gzip.',
  });
}
