import { afterAll, describe, expect, it } from '@jest/globals';

import { rawRequest, tinyRequest } from './grpc-client';
import type { InferResponse } from './grpc-client';
import { startGrpcServer } from './grpc-server';
import { waitFor } from '../../support/wait-for';

const running = await startGrpcServer();
const both = await startGrpcServer({
  changes: {
    onnx: 'two-outputs.onnx',
    metadata: {
      signature: {
        inputs: [{ name: 'features', datatype: 'FP32', shape: [-1, 4] }],
        outputs: [
          { name: 'score', datatype: 'FP32', shape: [-1, 1] },
          { name: 'margin', datatype: 'FP32', shape: [-1, 1] },
        ],
      },
    },
  },
});
const { client } = running;

afterAll(() => {
  running.stop();
  both.stop();
});

const SCORE = Math.fround(1 / (1 + Math.exp(-1.5)));

/** The answer of one row, which has the score in the one field or the other. */
function scoreOf({ outputs, raw_output_contents: [raw] }: InferResponse): unknown {
  return raw?.readFloatLE(0) ?? outputs[0]?.contents?.fp32_contents?.[0];
}

describe('health', () => {
  it('says that the server is live', async () => {
    expect((await client.call('ServerLive')).message).toEqual({ live: true });
  });

  it('says that the server is ready', async () => {
    expect((await client.call('ServerReady')).message).toEqual({ ready: true });
  });

  it('says that the model is ready', async () => {
    expect((await client.call('ModelReady', { name: 'tiny' })).message).toEqual({ ready: true });
  });

  it('says that a version of the model is ready', async () => {
    const { message } = await client.call('ModelReady', { name: 'tiny', version: '3' });
    expect(message).toEqual({ ready: true });
  });

  it('says that a draining server is live, but neither it nor its model ready', async () => {
    const draining = await startGrpcServer();
    draining.lifecycle.drain();
    expect((await draining.client.call('ServerLive')).message).toEqual({ live: true });
    expect((await draining.client.call('ServerReady')).message).toEqual({ ready: false });
    expect((await draining.client.call('ModelReady', { name: 'tiny' })).message).toEqual({ ready: false });
    draining.stop();
  });
});

describe('metadata', () => {
  it('of the server names it and its extensions', async () => {
    expect((await client.call('ServerMetadata')).message).toEqual({
      name: 'mlops-model-server',
      version: '0.1.0',
      extensions: ['binary_tensor_data'],
    });
  });

  it('of the model has its tensors, with free rows', async () => {
    expect((await client.call('ModelMetadata', { name: 'tiny' })).message).toEqual({
      name: 'tiny',
      versions: ['3'],
      platform: 'onnxruntime_onnx',
      inputs: [{ name: 'features', datatype: 'FP32', shape: ['-1', '4'] }],
      outputs: [{ name: 'score', datatype: 'FP32', shape: ['-1', '1'] }],
    });
  });
});

describe('an answer', () => {
  it('to typed contents is typed', async () => {
    const { message } = await client.infer(tinyRequest({}, { id: 'order-17' }));
    expect(message).toMatchObject({
      model_name: 'tiny',
      model_version: '3',
      id: 'order-17',
      outputs: [{ name: 'score', datatype: 'FP32', shape: ['1', '1'] }],
      raw_output_contents: [],
    });
    expect(scoreOf(message)).toBeCloseTo(SCORE, 6);
    expect(message.outputs[0]?.contents?.fp32_contents).toHaveLength(1);
  });

  it('to raw contents is raw', async () => {
    const { message } = await client.infer(rawRequest());
    expect(message.outputs[0]?.contents).toBeNull();
    expect(message.raw_output_contents).toHaveLength(1);
    expect(scoreOf(message)).toBeCloseTo(SCORE, 6);
  });

  it('to raw contents next to empty typed ones is raw', async () => {
    const { message } = await client.infer(rawRequest({ contents: {} }));
    expect(message.raw_output_contents).toHaveLength(1);
  });

  it('to FP64 is the same as to FP32', async () => {
    const contents = { fp64_contents: [120, 3, 1, NaN] };
    const { message } = await client.infer(tinyRequest({ datatype: 'FP64', contents }));
    expect(scoreOf(message)).toBeCloseTo(SCORE, 6);
  });

  it('has one row of output per row of input', async () => {
    const contents = { fp32_contents: [...Array<number>(12).fill(1)] };
    const { message } = await client.infer(tinyRequest({ shape: [3, 4], contents }));
    expect(message.outputs[0]?.shape).toEqual(['3', '1']);
    expect(message.outputs[0]?.contents?.fp32_contents).toHaveLength(3);
  });

  it('does not depend on parameters', async () => {
    const { message } = await client.infer(
      tinyRequest({ parameters: { x: { bool_param: true } } }, { parameters: { y: { string_param: 'z' } } }),
    );
    expect(scoreOf(message)).toBeCloseTo(SCORE, 6);
  });

  it('comes from the requested version', async () => {
    const { message } = await client.infer(tinyRequest({}, { model_version: '3' }));
    expect(message.model_version).toBe('3');
  });

  it('carries the caller’s x-request-id, and the version', async () => {
    const { message, metadata } = await client.infer(tinyRequest(), { 'x-request-id': 'trace-9' });
    expect(metadata.get('x-request-id')).toEqual(['trace-9']);
    expect(metadata.get('x-model-version')).toEqual(['3']);
    expect(message.id).toBe('trace-9');
  });

  it('carries a new x-request-id if none was sent', async () => {
    const { metadata } = await client.call('ServerLive');
    expect(metadata.get('x-request-id')[0]).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('outputs', () => {
  const names = async (outputs?: object[]) =>
    (await both.client.infer(tinyRequest({}, { outputs }))).message.outputs.map(({ name }) => name);

  it('are all the model has if none is named', async () => {
    expect(await names()).toEqual(['score', 'margin']);
  });

  it('come in the requested order', async () => {
    expect(await names([{ name: 'margin' }, { name: 'score' }])).toEqual(['margin', 'score']);
  });

  it('come raw in the requested order', async () => {
    const outputs = [{ name: 'margin' }, { name: 'score' }];
    const { message } = await both.client.infer(rawRequest({}, { outputs }));
    expect(message.raw_output_contents[0]?.readFloatLE(0)).toBe(1.5);
    expect(message.raw_output_contents[1]?.readFloatLE(0)).toBeCloseTo(SCORE, 6);
  });
});

describe('metrics', () => {
  it('count calls by method and scored rows', async () => {
    const other = await startGrpcServer();
    await other.client.infer(tinyRequest());
    await other.client.refused('ModelInfer', tinyRequest({ name: 'x' }));
    const text = await waitFor(async () => {
      const metrics = await other.metrics.registry.metrics();
      expect(metrics).toMatch(
        /request_duration_seconds_count\{[^}]*route="grpc\/ModelInfer",status="4xx"[^}]*\} 1/,
      );
      return metrics;
    });
    expect(text).toMatch(
      /request_duration_seconds_count\{[^}]*route="grpc\/ModelInfer",status="2xx"[^}]*\} 1/,
    );
    expect(text).toMatch(/batch_rows_count\{[^}]*\} 1/);
    expect(text).toMatch(/rejected_requests_total\{reason="tensor-unknown"[^}]*\} 1/);
    expect(text).toMatch(/requests_in_flight\{[^}]*\} 0/);
    other.stop();
  });
});
