import { describe, expect, it } from '@jest/globals';

import { inferRequest, startTestServer } from '../../../model-server/testing/app';
import { postBinary } from '../../../model-server/testing/binary';

const server = await startTestServer();
const PATH = '/v2/models/tiny/infer';

/** A request with some of its fields replaced: those of the request, its input and a requested output. */
function request(
  top: Record<string, unknown>,
  input: Record<string, unknown> = {},
  output?: Record<string, unknown>,
): Record<string, unknown> {
  const { inputs } = inferRequest() as { inputs: [Record<string, unknown>] };
  return {
    inputs: [{ ...inputs[0], ...input }],
    ...(output && { outputs: [{ name: 'score', ...output }] }),
    ...top,
  };
}

describe('null', () => {
  it.each([
    ['id', request({ id: null })],
    ['parameters', request({ parameters: null })],
    ['parameters.binary_data_output', request({ parameters: { binary_data_output: null } })],
    ['outputs', request({ outputs: null })],
    ["an input's parameters", request({}, { parameters: null })],
    ["an input's binary_data_size", request({}, { parameters: { binary_data_size: null } })],
    ["an output's parameters", request({}, {}, { parameters: null })],
    ["an output's binary_data", request({}, {}, { parameters: { binary_data: null } })],
    ["an output's classification", request({}, {}, { parameters: { classification: null } })],
    ['every optional field', request({ id: null, parameters: null, outputs: null }, { parameters: null })],
  ])('for %s means unset', async (_field, body) => {
    const answer = await server.infer(body, { 'x-request-id': 'r-1' });
    const unset = await server.infer(inferRequest(), { 'x-request-id': 'r-1' });
    expect([answer.statusCode, answer.body]).toEqual([200, unset.body]);
  });

  it('for data means unset where the values follow in binary', async () => {
    const bytes = Buffer.from(Float32Array.of(120, 3, 1, NaN).buffer);
    const body = request({}, { data: null, parameters: { binary_data_size: bytes.byteLength } });
    expect((await postBinary(server, PATH, body, [bytes])).status).toBe(200);
  });

  it.each([
    ['inputs', request({ inputs: null })],
    ["an input's data", request({}, { data: null })],
    ["an input's shape", request({}, { shape: null })],
    ["an input's name", request({}, { name: null })],
  ])('for %s is refused', async (_field, body) => {
    expect((await server.infer(body)).statusCode).toBe(400);
  });
});
