import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';

import { writeBinary } from '../../../model-server/src/tensors/binary';
import { startTestServer } from '../../../model-server/testing/app';
import { parseAnswer, postBinary } from '../../../model-server/testing/binary';
import type { BinaryAnswer } from '../../../model-server/testing/binary';
import { MANY_TYPES, TYPED_INPUTS, manyTypesRequest } from '../../../model-server/testing/many-types';
import type { TypedInput } from '../../../model-server/testing/many-types';
import { expectThat } from '../../support/expect-that';

const server = await startTestServer({ env: { MAX_ROWS: '1000' } });
const many = await startTestServer({ changes: MANY_TYPES });
const MANY_PATH = '/v2/models/many-types/infer';

/** Posts rows of the tiny model. */
function post(
  bytes: Uint8Array,
  changes: Record<string, unknown> = {},
  top: Record<string, unknown> = {},
  length?: string,
): Promise<BinaryAnswer> {
  const input = {
    name: 'features',
    shape: [1, 4],
    datatype: 'FP32',
    parameters: { binary_data_size: bytes.byteLength },
    ...changes,
  };
  return postBinary(server, '/v2/models/tiny/infer', { inputs: [input], ...top }, [bytes], length);
}

const ROW = writeBinary(Float32Array.of(120, 3, 1, NaN));

/** The bytes of a fixture input. */
function bytesOf({ datatype, values }: TypedInput): Buffer {
  const numbers = values as readonly number[];
  const write = {
    BOOL: () => Uint8Array.from(values, Number),
    UINT8: () => Uint8Array.from(numbers),
    UINT16: () => Uint16Array.from(numbers),
    UINT32: () => Uint32Array.from(numbers),
    UINT64: () => BigUint64Array.from(numbers, BigInt),
    INT8: () => Int8Array.from(numbers),
    INT16: () => Int16Array.from(numbers),
    INT32: () => Int32Array.from(numbers),
    INT64: () => BigInt64Array.from(numbers, BigInt),
    FP32: () => Float32Array.from(numbers),
    FP64: () => Float64Array.from(numbers),
    BYTES: () => [...(values as readonly string[])],
  };
  return writeBinary(write[datatype]());
}

describe('binary inputs', () => {
  it('score as JSON inputs do', async () => {
    const { status, json } = await post(ROW);
    const inJson = await server.infer({
      inputs: [{ name: 'features', shape: [1, 4], datatype: 'FP32', data: [120, 3, 1, null] }],
    });
    expect(status).toBe(200);
    expect(json.outputs).toEqual(inJson.json<BinaryAnswer['json']>().outputs);
  });

  it('of FP64 are rounded to FP32', async () => {
    const { json } = await post(writeBinary(Float64Array.of(120, 3, 1, NaN)), { datatype: 'FP64' });
    expect(json.outputs).toEqual((await post(ROW)).json.outputs);
  });

  it('of every datatype come back unchanged, also mixed with JSON', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...TYPED_INPUTS], { minLength: 12 }),
        fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
        fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
        async (order, binaryIn, binaryOut) => {
          const inJson = manyTypesRequest().inputs;
          const tensors: Buffer[] = [];
          const inputs = order.map((input, index) => {
            const { data, ...rest } = inJson.find(({ name }) => name === input.name) ?? {};
            if (binaryIn[index] !== true) return { ...rest, data };
            const bytes = bytesOf(input);
            tensors.push(bytes);
            return { ...rest, parameters: { binary_data_size: bytes.byteLength } };
          });
          const outputs = order.map(({ name }, index) => ({
            name: `${name}_out`,
            parameters: { binary_data: binaryOut[index] },
          }));
          const answer = await postBinary(many, MANY_PATH, { inputs, outputs }, tensors);
          expectThat(answer.status, answer.json.error).toBe(200);
          const got = order.map(({ name }, index) =>
            binaryOut[index] === true ? answer.bytes[`${name}_out`] : answer.json.outputs[index]?.data,
          );
          expect(got).toEqual(
            order.map((input, index) => (binaryOut[index] === true ? bytesOf(input) : input.values)),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keep 64-bit integers that JSON cannot represent', async () => {
    const extreme = writeBinary(BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n));
    const { inputs } = manyTypesRequest();
    const mixed = inputs.map(({ data, ...rest }) =>
      rest.name === 'int64' ? { ...rest, parameters: { binary_data_size: 16 } } : { ...rest, data },
    );
    const outputs = [{ name: 'int64_out', parameters: { binary_data: true } }];
    const answer = await postBinary(many, MANY_PATH, { inputs: mixed, outputs }, [extreme]);
    expect(answer.bytes.int64_out).toEqual(extreme);
  });
});

describe('binary outputs', () => {
  it('are binary for all outputs with binary_data_output', async () => {
    const { headers, json, bytes } = await post(ROW, {}, { parameters: { binary_data_output: true } });
    expect(headers['content-type']).toBe('application/octet-stream');
    expect(json.outputs[0]).toEqual({
      name: 'score',
      datatype: 'FP32',
      shape: [1, 1],
      parameters: { binary_data_size: 4 },
    });
    expect(bytes.score?.readFloatLE()).toBe((await post(ROW)).json.outputs[0]?.data?.[0]);
  });

  it('are JSON if an output says so', async () => {
    const outputs = [{ name: 'score', parameters: { binary_data: false } }];
    const { json, headers } = await post(ROW, {}, { parameters: { binary_data_output: true }, outputs });
    expect(json.outputs[0]?.data).toHaveLength(1);
    expect(headers['inference-header-content-length']).toBeUndefined();
  });

  it('are also available to a JSON request', async () => {
    const response = await many.infer(
      {
        ...manyTypesRequest(),
        outputs: [{ name: 'bytes_out', parameters: { binary_data: true } }, { name: 'score' }],
      },
      {},
      MANY_PATH,
    );
    const { json, bytes } = parseAnswer(response);
    expect(json.outputs.map(({ name }) => name)).toEqual(['bytes_out', 'score']);
    expect(bytes.bytes_out).toEqual(writeBinary(['web', 'größer', '', 'pos']));
    expect(json.outputs[1]?.data).toHaveLength(2);
  });

  it('equal FP32 outputs in JSON exactly', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 4, maxLength: 4 }),
        async (values) => {
          const inputs = manyTypesRequest().inputs.map((input) =>
            input.name === 'fp32' ? { ...input, data: values } : input,
          );
          const response = await many.infer({ inputs, outputs: [{ name: 'fp32_out' }] }, {}, MANY_PATH);
          const [output] = parseAnswer(response).json.outputs;
          expect(output?.data?.map((each) => (each as number) + 0)).toEqual(values.map((each) => each + 0));
        },
      ),
    );
  });
});

describe('a binary request is refused', () => {
  const refused = async (answer: Promise<BinaryAnswer>): Promise<string> => {
    const { status, json } = await answer;
    expect(status).toBe(400);
    return json.error ?? '';
  };

  it('when the size does not fit the shape', async () => {
    expect(await refused(post(ROW.subarray(0, 12)))).toMatchInlineSnapshot(
      `"input "features" binary data: got 12 bytes, expected 4 FP32 elements of 4 bytes, little-endian. Make shape, datatype and binary_data_size agree with the bytes after the JSON."`,
    );
  });

  it('when bytes are missing', async () => {
    expect(
      await refused(post(ROW.subarray(0, 12), { parameters: { binary_data_size: 16 } })),
    ).toMatchInlineSnapshot(
      `"input "features" binary data: got 12 of 16 bytes, expected 4 FP32 elements of 4 bytes, little-endian. Make shape, datatype and binary_data_size agree with the bytes after the JSON."`,
    );
  });

  it('when bytes are left over', async () => {
    expect(
      await refused(post(Buffer.concat([ROW, ROW]), { parameters: { binary_data_size: 16 } })),
    ).toMatchInlineSnapshot(
      `"the binary data after the JSON: got 32 bytes, expected 16, as the inputs' binary_data_size say. Make shape, datatype and binary_data_size agree with the bytes after the JSON."`,
    );
  });

  it.each(['x', '-1', '1.5', '', '1e2', '99999999999'])('when the header is %j', async (length) => {
    expect(await refused(post(ROW, {}, {}, length))).toContain(
      `header Inference-Header-Content-Length: got ${JSON.stringify(length)}`,
    );
  });

  it('when the header exceeds the body', async () => {
    expect(await refused(post(ROW, {}, {}, '5000'))).toMatch(
      /got "5000", expected .* at most the \d+ bytes of the body/,
    );
  });

  it('when the header cuts off the JSON', async () => {
    expect(await refused(post(ROW, {}, {}, '20'))).toContain('the request body is not JSON');
  });

  it.each([-1, 1.5, '16', {}])('when the size is %j', async (size) => {
    expect(await refused(post(ROW, { parameters: { binary_data_size: size } }))).toContain(
      'input "features" parameters.binary_data_size',
    );
  });

  it('when an input has both data and bytes', async () => {
    expect(await refused(post(ROW, { data: [1, 2, 0, 4] }))).toContain('both data and binary_data_size');
  });

  it('when it promises bytes in a JSON-only body', async () => {
    const response = await server.infer({
      inputs: [{ name: 'features', shape: [1, 4], datatype: 'FP32', parameters: { binary_data_size: 16 } }],
    });
    expect(await refused(Promise.resolve(parseAnswer(response)))).toContain('got 0 of 16 bytes');
  });

  it('when a value is out of range, naming row and feature', async () => {
    const bytes = writeBinary(Float32Array.of(1, 2, 0, 4, 1, 24, 0, 4));
    expect(await refused(post(bytes, { shape: [2, 4] }))).toContain(
      'row 1, feature "hour" (column 1): got 24',
    );
  });

  it.each([Infinity, -Infinity, NaN])('when a required value is %d', async (value) => {
    const bytes = writeBinary(Float32Array.of(value, 2, 0, 4));
    expect(await refused(post(bytes))).toContain('feature "amount" (column 0)');
  });

  it('when an FP64 value overflows FP32', async () => {
    const bytes = writeBinary(Float64Array.of(1, 2, 0, 1e39));
    expect(await refused(post(bytes, { datatype: 'FP64' }))).toContain('got 1e+39');
  });

  it('when a flag is not a boolean', async () => {
    expect(await refused(post(ROW, {}, { parameters: { binary_data_output: 1 } }))).toContain(
      'parameters.binary_data_output: got 1, expected true or false',
    );
  });

  it('when a text is not a category', async () => {
    const bytes = writeBinary(['web', 'web', 'phone', 'web']);
    const inputs = manyTypesRequest().inputs.map(({ data, ...rest }) =>
      rest.name === 'bytes'
        ? { ...rest, parameters: { binary_data_size: bytes.byteLength } }
        : { ...rest, data },
    );
    expect(await refused(postBinary(many, MANY_PATH, { inputs }, [bytes]))).toContain(
      'input "bytes" data, row 1, feature "bytes_a" (column 0): got "phone"',
    );
  });

  it('never with a 5xx, whatever the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 64 }),
        fc.integer({ min: -2, max: 70 }),
        async (bytes, length) => {
          const response = await server.app.inject({
            method: 'POST',
            url: '/v2/models/tiny/infer',
            headers: { 'inference-header-content-length': String(length) },
            payload: Buffer.from(bytes),
          });
          expect(response.statusCode).toBe(400);
        },
      ),
    );
  });
});
