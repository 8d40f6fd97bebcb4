import { afterAll, describe, expect, it } from '@jest/globals';

import type { Datatype } from '../../../model-server/src/tensors/datatype';
import { MANY_TYPES, TYPED_INPUTS } from '../../../model-server/testing/many-types';
import type { JsonValues } from '../../../model-server/testing/many-types';
import type { InferResponse } from './grpc-client';
import { startGrpcServer } from './grpc-server';

const running = await startGrpcServer({ changes: MANY_TYPES });
const { client } = running;

afterAll(() => {
  running.stop();
});

const INT = { field: 'int_contents' };
const UINT = { field: 'uint_contents' };

/** The field of `InferTensorContents`, and the typed array whose memory is the raw form. */
const FORMS: Readonly<
  Record<Datatype, { field: string; raw: (values: JsonValues) => ArrayBufferView | Buffer }>
> = {
  BOOL: { field: 'bool_contents', raw: (values) => Uint8Array.from(values, Number) },
  UINT8: { ...UINT, raw: (values) => Uint8Array.from(values as number[]) },
  UINT16: { ...UINT, raw: (values) => Uint16Array.from(values as number[]) },
  UINT32: { ...UINT, raw: (values) => Uint32Array.from(values as number[]) },
  UINT64: { field: 'uint64_contents', raw: (values) => BigUint64Array.from(values as number[], BigInt) },
  INT8: { ...INT, raw: (values) => Int8Array.from(values as number[]) },
  INT16: { ...INT, raw: (values) => Int16Array.from(values as number[]) },
  INT32: { ...INT, raw: (values) => Int32Array.from(values as number[]) },
  INT64: { field: 'int64_contents', raw: (values) => BigInt64Array.from(values as number[], BigInt) },
  FP32: { field: 'fp32_contents', raw: (values) => Float32Array.from(values as number[]) },
  FP64: { field: 'fp64_contents', raw: (values) => Float64Array.from(values as number[]) },
  BYTES: { field: 'bytes_contents', raw: (values) => rawTexts(values as string[]) },
};

function rawTexts(texts: readonly string[]): Buffer {
  return Buffer.concat(
    texts.map((text) => {
      const content = Buffer.from(text);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(content.byteLength);
      return Buffer.concat([length, content]);
    }),
  );
}

function rawOf(datatype: Datatype, values: JsonValues): Buffer {
  const { buffer, byteOffset, byteLength } = FORMS[datatype].raw(values);
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** As a client writes and reads them: 64-bit numbers as decimal text, BYTES as bytes. */
function messageValues(datatype: Datatype, values: JsonValues): unknown[] {
  if (datatype === 'BYTES') return values.map((text) => Buffer.from(text as string));
  return datatype === 'INT64' || datatype === 'UINT64' ? values.map(String) : [...values];
}

function request(change: Readonly<Record<string, JsonValues>> = {}): { inputs: object[] } {
  return {
    inputs: TYPED_INPUTS.map(({ name, datatype, columns, values }) => ({
      name,
      datatype,
      shape: columns === 1 ? [2] : [2, 2],
      contents: { [FORMS[datatype].field]: messageValues(datatype, change[name] ?? values) },
    })),
  };
}

async function infer(message: object): Promise<InferResponse> {
  return (await client.infer({ model_name: 'many-types', ...message })).message;
}

const typed = await infer(request());
const raw = await infer({
  inputs: request().inputs.map((input) => ({ ...input, contents: null })),
  raw_input_contents: TYPED_INPUTS.map(({ datatype, values }) => rawOf(datatype, values)),
});

describe('a tensor', () => {
  it.each(TYPED_INPUTS)(
    'of $datatype comes out as it came in, typed',
    ({ name, datatype, columns, values }) => {
      const output = typed.outputs.find((each) => each.name === `${name}_out`);
      expect(output).toMatchObject({ datatype, shape: columns === 1 ? ['2'] : ['2', '2'] });
      expect(output?.contents?.[FORMS[datatype].field]).toEqual(messageValues(datatype, values));
    },
  );

  it.each(TYPED_INPUTS)('of $datatype survives a raw round trip', ({ name, datatype, values }) => {
    const position = raw.outputs.findIndex((each) => each.name === `${name}_out`);
    expect(raw.outputs[position]?.contents).toBeNull();
    expect(raw.raw_output_contents[position]).toEqual(rawOf(datatype, values));
  });

  it.each([
    ['int64', '9223372036854775807', '-9223372036854775808'],
    ['uint64', '18446744073709551615', '0', '9007199254740993', '1'],
  ])('of %s is exact beyond 2^53', async (name, ...values) => {
    const { outputs } = await infer(request({ [name]: values }));
    const contents = outputs.find((each) => each.name === `${name}_out`)?.contents;
    expect(contents?.[`${name}_contents`]).toEqual(values);
  });
});

describe('a small integer out of range is refused', () => {
  it.each([
    ['int8', [128, 0, 0, 0], 'a whole number from -128 to 127'],
    ['int16', [0, -32_769, 0, 0], 'a whole number from -32768 to 32767'],
    ['uint8', [0, 0, 256, 0], 'a whole number from 0 to 255'],
    ['uint16', [0, 0, 0, 65_536], 'a whole number from 0 to 65535'],
  ])('%s', async (name, values, expected) => {
    const message = { model_name: 'many-types', ...request({ [name]: values }) };
    const { code, details } = await client.refused('ModelInfer', message);
    expect(code).toBe('INVALID_ARGUMENT');
    expect(details).toContain(`expected ${expected}`);
  });
});

describe('a text is refused', () => {
  it('when it is not a category', async () => {
    const message = { model_name: 'many-types', ...request({ bytes: ['web', 'pos', 'web', 'fax'] }) };
    const { details } = await client.refused('ModelInfer', message);
    expect(details).toContain('row 1, feature "bytes_b" (column 1): got "fax"');
  });

  it('when it is not UTF-8', async () => {
    const inputs = request().inputs.map((input) =>
      'name' in input && input.name === 'bytes'
        ? { ...input, contents: { bytes_contents: [0, 1, 2, 3].map(() => Buffer.from([0xff])) } }
        : input,
    );
    const { code, details } = await client.refused('ModelInfer', { model_name: 'many-types', inputs });
    expect(code).toBe('INVALID_ARGUMENT');
    expect(details).toContain('field 8 is not UTF-8');
  });
});
