import { gzipSync } from 'node:zlib';

import { inferRequest } from '../../../model-server/testing/app';
import { rawRequest } from '../../../model-server/testing/raw-connection';

/** One request as bytes, and the status that it must get. */
export interface Sent {
  readonly text: string;
  readonly status: number;
  /** Whether the server ends the connection with its answer. */
  readonly ends?: boolean;
}

const INFER = '/v2/models/tiny/infer';
const PREDICT = '/v1/models/tiny/predict';
const BODY = JSON.stringify(inferRequest());
const NULLS = JSON.stringify({ id: null, parameters: null, outputs: null, ...inferRequest() });
const RECORD = JSON.stringify({ records: [{ amount: 1, hour: 2, channel: 'web', average: null }] });
const ROWS = JSON.stringify(
  inferRequest(Array.from({ length: 64 }, (_, row) => [row, row % 24, row % 2, null]).flat(), 64),
);
const BINARY = (() => {
  const tensor = { name: 'features', shape: [1, 4], datatype: 'FP32', parameters: { binary_data_size: 16 } };
  const head = Buffer.from(JSON.stringify({ inputs: [tensor] }));
  return { head, body: Buffer.concat([head, Buffer.from(Float32Array.of(120, 3, 1, NaN).buffer)]) };
})();
const MARK = Buffer.from([0xef, 0xbb, 0xbf]);

function post(status: number, path: string, body: string | Uint8Array, headers = {}, ends = false): Sent {
  return { text: rawRequest('POST', path, body, headers), status, ends };
}

function chunked(body: string, size: number): string {
  const chunks: string[] = [];
  for (let at = 0; at < body.length; at += size) {
    const chunk = body.slice(at, at + size);
    chunks.push(`${chunk.length.toString(16)}\r\n${chunk}\r\n`);
  }
  return `${rawRequest('POST', INFER, '', { 'transfer-encoding': 'chunked' })}${chunks.join('')}0\r\n\r\n`;
}

/** Requests with known answers: the right, the wrong, and the unusual. */
export const REQUESTS: readonly Sent[] = [
  post(200, INFER, BODY),
  post(200, INFER, NULLS),
  post(200, INFER, ROWS),
  post(200, PREDICT, RECORD),
  post(200, `${INFER}/`, BODY),
  post(200, '/v2/models/tiny/versions/3/infer', BODY),
  post(200, INFER, BINARY.body, { 'inference-header-content-length': String(BINARY.head.byteLength) }),
  post(200, INFER, Buffer.concat([MARK, Buffer.from(BODY)])),
  post(200, INFER, gzipSync(BODY), { 'content-encoding': 'GZip' }),
  post(200, INFER, BODY, { 'content-encoding': 'Identity' }),
  { text: chunked(BODY, 1), status: 200 },
  { text: chunked(ROWS, 100), status: 200 },
  { text: rawRequest('GET', '/v2/health/live'), status: 200 },
  { text: rawRequest('GET', '/metrics'), status: 200 },
  { text: rawRequest('GET', '/v2/models/tiny'), status: 200 },
  { text: rawRequest('GET', '/nowhere'), status: 404 },
  { text: rawRequest('GET', '/v2/models/other'), status: 404 },
  { text: rawRequest('PUT', '/v2'), status: 405 },
  { text: rawRequest('GET', '/%zz'), status: 400 },
  post(400, INFER, '{'),
  post(400, INFER, ''),
  post(400, INFER, '['.repeat(3000)),
  post(400, INFER, `${'['.repeat(20_000)}${']'.repeat(20_000)}`),
  post(400, INFER, BODY, { 'content-encoding': 'gzip' }),
  post(400, PREDICT, '{"records":[{"amount":-1}]}'),
  post(415, INFER, BODY, { 'content-encoding': 'br' }, true),
  post(404, '/nowhere', BODY, {}, true),
  post(405, '/v2', BODY, {}, true),
  post(404, '/v2/models/other/infer', BODY, {}, true),
  post(413, INFER, 'x'.repeat(5 * 1024 * 1024), {}, true),
  { text: rawRequest('POST', INFER, BODY, {}, '1.0'), status: 200, ends: true },
];

export const GOOD: Sent = post(200, INFER, BODY);
export const LARGEST = 4 * 1024 * 1024;

/** The header of a body that is still to come. */
export function announced(bytes: number): string {
  return rawRequest('POST', INFER, '', { 'content-length': String(bytes) });
}
