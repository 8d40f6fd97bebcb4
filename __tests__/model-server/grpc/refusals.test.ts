import { connect } from 'node:http2';

import { afterAll, describe, expect, it } from '@jest/globals';

import { METHODS, rawRequest, refusalOf, tinyRequest } from './grpc-client';
import { startGrpcServer } from './grpc-server';
import { waitFor } from '../../support/wait-for';

const running = await startGrpcServer({ env: { MAX_ROWS: '3', MAX_BODY_BYTES: '1000' } });
const { client } = running;

afterAll(() => {
  running.stop();
});

async function refused(request: object): Promise<string> {
  const { code, details } = await client.refused('ModelInfer', request);
  return `${code}: ${details}`;
}

describe('another model', () => {
  it.each(['ModelReady', 'ModelMetadata'])('is not found by %s', async (method) => {
    const { code, details } = await client.refused(method, { name: 'other' });
    expect(code).toBe('NOT_FOUND');
    expect(details).toMatchInlineSnapshot(
      `"this server does not have the model: got "other", expected model "tiny" version "3". Ask for model "tiny"."`,
    );
  });

  it('is not found by ModelInfer', async () => {
    expect(await refused(tinyRequest({}, { model_name: 'other' }))).toMatch(/^NOT_FOUND: .*got "other"/);
  });

  it('nor is another version', async () => {
    expect(await refused(tinyRequest({}, { model_version: '4' }))).toMatchInlineSnapshot(
      `"NOT_FOUND: this server does not have the version of model "tiny": got "4", expected model "tiny" version "3". Leave the version out, or deploy the version."`,
    );
  });
});

describe('a request is refused', () => {
  it('without inputs', async () => {
    expect(await refused({ model_name: 'tiny' })).toMatch(/^INVALID_ARGUMENT: "inputs": got 0 tensors/);
  });

  it('with an unknown input', async () => {
    expect(await refused(tinyRequest({ name: 'x' }))).toMatchInlineSnapshot(
      `"INVALID_ARGUMENT: "inputs"[0] name: got "x", expected "features". Name the input of the model."`,
    );
  });

  it('with an input repeated fifty times', async () => {
    const inputs = Array.from({ length: 50 }, () => ({ name: 'features' }));
    expect(await refused({ model_name: 'tiny', inputs })).toMatch(
      /^INVALID_ARGUMENT: "inputs": got 2 tensors/,
    );
  });

  it('with an unknown output', async () => {
    expect(await refused(tinyRequest({}, { outputs: [{ name: 'label' }] }))).toMatch(
      /^INVALID_ARGUMENT: "outputs"\[0\] name: got "label", expected "score"/,
    );
  });

  it('with an output repeated a hundred times', async () => {
    const outputs = Array.from({ length: 100 }, () => ({ name: 'score' }));
    expect(await refused(tinyRequest({}, { outputs }))).toMatch(/each output at most once/);
  });

  it('with a request for classes instead of values', async () => {
    const outputs = [{ name: 'score', parameters: { classification: { int64_param: 3 } } }];
    expect(await refused(tinyRequest({}, { outputs }))).toMatch(/parameters\.classification: got 3/);
  });

  it('with an overlong id', async () => {
    expect(await refused(tinyRequest({}, { id: 'x'.repeat(257) }))).toMatch(/up to 256 characters/);
  });

  it('with an unsupported datatype', async () => {
    expect(await refused(tinyRequest({ datatype: 'INT64' }))).toMatch(
      /^INVALID_ARGUMENT: input "features" datatype: got "INT64"/,
    );
  });

  it.each([[[]], [[4]], [[1, 5]], [[0, 4]], [[-1, 4]], [Array<number>(400).fill(1)]])(
    'with shape %j',
    async (shape) => {
      expect(await refused(tinyRequest({ shape }))).toMatch(
        /^INVALID_ARGUMENT: .*expected \[rows, 4\] with at least one row/,
      );
    },
  );

  it('with a negative number of rows, naming it', async () => {
    expect(await refused(tinyRequest({ shape: [-1, 4] }))).toContain('got [-1, 4]');
  });

  it('with too many rows', async () => {
    expect(await refused(tinyRequest({ shape: [4, 4] }))).toMatchInlineSnapshot(
      `"RESOURCE_EXHAUSTED: input "features" shape: got 4 rows, expected at most 3. Split the batch over several requests."`,
    );
  });

  it('with more bytes than allowed', async () => {
    expect(await refused(tinyRequest({}, { id: 'x'.repeat(1000) }))).toMatch(
      /^RESOURCE_EXHAUSTED: .*larger than max \(\d+ vs\.? 1000\)/,
    );
  });

  it('with bytes that are not a message', async () => {
    const { code, details } = await refusalOf(client.callBytes('ModelInfer', Buffer.from([0x2a, 0x7f])));
    expect(code).toBe('INVALID_ARGUMENT');
    expect(details).toMatchInlineSnapshot(
      `"the request is not the message that this call takes: got the message ends within a field, expected a message of package inference. Generate the client from model-server/src/grpc/open-inference.proto."`,
    );
  });

  it('for an unknown method', async () => {
    const ready = METHODS.ModelReady;
    Object.assign(METHODS, { Nothing: { ...ready, path: '/inference.GRPCInferenceService/Nothing' } });
    expect((await client.refused('Nothing')).code).toBe('UNIMPLEMENTED');
  });
});

describe('values are refused', () => {
  it('when there are fewer than the shape says', async () => {
    const contents = { fp32_contents: [120, 3, 1] };
    expect(await refused(tinyRequest({ contents }))).toMatchInlineSnapshot(
      `"INVALID_ARGUMENT: input "features" contents: got 3 elements of fp32_contents, expected 4, as its shape says. Put the values into fp32_contents or into raw_input_contents, row by row."`,
    );
  });

  it('when there are more than the shape says', async () => {
    const contents = { fp32_contents: [120, 3, 1, 0, 7, 7] };
    expect(await refused(tinyRequest({ contents }))).toContain('got more than 4 elements');
  });

  it('when they are in the field of another datatype', async () => {
    const contents = { fp64_contents: [120, 3, 1, 0] };
    expect(await refused(tinyRequest({ contents }))).toContain('got 0 elements of fp32_contents');
  });

  it('when there are none', async () => {
    expect(await refused(tinyRequest({ contents: null }))).toContain('got 0 elements of fp32_contents');
  });

  it('when they are raw and typed', async () => {
    const contents = { fp32_contents: [120, 3, 1, 0] };
    expect(await refused(rawRequest({ contents }))).toMatch(/^INVALID_ARGUMENT: input "features": got both/);
  });

  it('when there are more raw contents than inputs', async () => {
    const raw = Buffer.alloc(16);
    expect(await refused(rawRequest({}, { raw_input_contents: [raw, raw] }))).toMatchInlineSnapshot(
      `"INVALID_ARGUMENT: raw_input_contents: got 2 elements, expected 1, one per input. Send the values of all inputs raw, in the order of the inputs, or of none."`,
    );
  });

  it('when there are too few raw bytes', async () => {
    expect(await refused(rawRequest({}, { raw_input_contents: [Buffer.alloc(15)] }))).toMatch(
      /^INVALID_ARGUMENT: input "features" .*: got 15 bytes, expected 4 FP32 elements of 4 bytes/,
    );
  });

  it.each([
    ['typed', tinyRequest({ contents: { fp32_contents: [120, 24, 1, 0] } })],
    ['raw', rawRequest({}, { raw_input_contents: [Buffer.from(Float32Array.of(120, 24, 1, 0).buffer)] })],
  ])('when one is out of range, %s', async (_how, request) => {
    expect(await refused(request)).toBe(
      'INVALID_ARGUMENT: input "features" data, row 0, feature "hour" (column 1): got 24, expected a whole number from 0 to 23. Correct the value, or leave the row out.',
    );
  });
});

describe('a refusal', () => {
  it('carries request id and version', async () => {
    const { metadata } = await client.refused('ModelInfer', {}, { 'x-request-id': 'trace-9' });
    expect(metadata.get('x-request-id')).toEqual(['trace-9']);
    expect(metadata.get('x-model-version')).toEqual(['3']);
  });

  it('is logged with its reason, without the data that it quotes', async () => {
    const other = await startGrpcServer();
    await other.client.refused('ModelInfer', tinyRequest({ name: 'secret' }), { 'x-request-id': 'trace-9' });
    expect(other.log).toEqual([
      expect.objectContaining({ level: 'warn', requestId: 'trace-9', reason: 'tensor-unknown' }),
    ]);
    expect(JSON.stringify(other.log)).not.toContain('secret');
    other.stop();
  });
});

describe('a failure', () => {
  it('of the model is INTERNAL and names the request', async () => {
    const failing = await startGrpcServer({
      wrap: (model) => ({ ...model, run: () => Promise.reject(new Error('out of memory')) }),
    });
    const { code, details } = await failing.client.refused('ModelInfer', tinyRequest(), {
      'x-request-id': 'trace-9',
    });
    expect(code).toBe('INTERNAL');
    expect(details).toMatchInlineSnapshot(
      `"the model could not score this request: got out of memory, expected finite outputs. Tell the model's owner, with request id trace-9."`,
    );
    expect(failing.log.at(-1)).toMatchObject({ level: 'error', reason: 'model-failed' });
    failing.stop();
  });

  it('of the server is INTERNAL and only says where to look', async () => {
    const failing = await startGrpcServer({ observers: [{ observe: fail }] });
    const { code, details } = await failing.client.refused('ModelInfer', tinyRequest(), {
      'x-request-id': 'trace-9',
    });
    expect(code).toBe('INTERNAL');
    expect(details).toMatchInlineSnapshot(
      `"the server failed: got an internal error, expected an answer. Look for request id trace-9 in the server's log."`,
    );
    expect(failing.log.at(-1)).toMatchObject({ level: 'error', reason: 'internal' });
    failing.stop();
  });
});

function fail(): never {
  throw new Error('private');
}

describe('a caller', () => {
  it('that sends its request too slowly gets DEADLINE_EXCEEDED', async () => {
    const slow = await startGrpcServer({
      env: { HEADER_TIMEOUT_SECONDS: '0.1', REQUEST_TIMEOUT_SECONDS: '0.2' },
    });
    const session = connect(`http://127.0.0.1:${slow.port}`);
    const stream = session.request({
      ':method': 'POST',
      ':path': METHODS.ModelInfer?.path ?? '',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.write(Buffer.from([0, 0, 0, 0, 100, 1]));
    const headers = await new Promise<Record<string, unknown>>((resolve) => {
      stream.once('response', resolve);
    });
    expect(headers['grpc-status']).toBe('4');
    expect(decodeURI(String(headers['grpc-message']))).toMatchInlineSnapshot(
      `"the request came too slowly: got an incomplete request, expected all of it within 0.2 s. Send the request again, in one go."`,
    );
    session.destroy();
    slow.stop();
  });

  it('that disconnects is counted and leaves nothing in flight', async () => {
    const other = await startGrpcServer();
    const session = connect(`http://127.0.0.1:${other.port}`);
    const stream = session.request({
      ':method': 'POST',
      ':path': METHODS.ModelInfer?.path ?? '',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.on('error', () => undefined);
    session.on('error', () => undefined);
    stream.write(Buffer.from([0, 0, 0, 0, 100, 1]));
    await waitFor(async () => {
      expect(await other.metrics.registry.metrics()).toMatch(/requests_in_flight\{[^}]*\} 1/);
    });
    session.destroy();
    await waitFor(async () => {
      expect(await other.metrics.registry.metrics()).toMatch(/requests_in_flight\{[^}]*\} 0/);
    });
    expect(await other.metrics.registry.metrics()).toMatch(/reason="aborted"[^}]*\} 1/);
    other.stop();
  });
});
