import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';

import { RequestError } from '../../../model-server/src/errors';
import { readInferMessage } from '../../../model-server/src/grpc/infer-message';
import { readContents } from '../../../model-server/src/grpc/tensor-contents';
import { WireError, WireReader } from '../../../model-server/src/protobuf/wire-reader';
import { WireWriter } from '../../../model-server/src/protobuf/wire-writer';
import { parseMetadata } from '../../../model-server/src/model/metadata';
import { METADATA } from '../../../model-server/testing/package';
import { METHODS, tinyRequest } from './grpc-client';

const file = { sha256: '0'.repeat(64), bytes: 1 };
const metadata = parseMetadata(
  JSON.stringify({
    ...METADATA,
    files: { 'model.onnx': file, 'reference.json': file, 'card.md': file, 'lineage.json': file },
  }),
);
const [features] = metadata.inputs;
if (features === undefined) throw new Error('the tiny model has an input');

function encode(request: object): Buffer {
  return METHODS.ModelInfer?.requestSerialize(request) ?? Buffer.alloc(0);
}

describe('ModelInferRequest', () => {
  it('is read as other protocol buffer libraries write it', () => {
    const tensor = fc.record({
      name: fc.string({ unit: 'binary' }),
      datatype: fc.string(),
      shape: fc.array(fc.maxSafeInteger(), { maxLength: 4 }),
    });
    const request = fc.record({
      model_name: fc.string({ unit: 'grapheme' }),
      model_version: fc.string(),
      id: fc.string(),
      inputs: fc.array(tensor, { maxLength: 1 }),
      outputs: fc.array(fc.record({ name: fc.string() }), { maxLength: 1 }),
      raw_input_contents: fc.array(fc.uint8Array(), { maxLength: 1 }),
    });
    fc.assert(
      fc.property(request, (sent) => {
        const { model, version, body, raw } = readInferMessage(encode(sent), metadata);
        expect({ model, version, id: body.id }).toEqual({
          model: sent.model_name,
          version: sent.model_version === '' ? undefined : sent.model_version,
          id: sent.id,
        });
        expect(body.inputs).toMatchObject(sent.inputs);
        expect(body.outputs).toMatchObject(sent.outputs);
        expect(raw.map((bytes) => [...bytes])).toEqual(sent.raw_input_contents.map((bytes) => [...bytes]));
      }),
    );
  });

  it('if damaged is either refused or read', () => {
    const whole = encode(tinyRequest({}, { id: 'x', outputs: [{ name: 'score' }] }));
    const damage = fc.array(fc.tuple(fc.nat(whole.byteLength - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(damage, fc.nat(whole.byteLength), (changes, length) => {
        const bytes = Buffer.from(whole);
        for (const [position, byte] of changes) bytes[position] = byte;
        expect(['read', 'refused']).toContain(
          outcome(() => readInferMessage(bytes.subarray(0, length), metadata)),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('may have unknown fields', () => {
    const unknown = new WireWriter().bytes(1000, Buffer.from('new')).bool(1001, true).finish();
    const fixed = Buffer.from([0x69, 1, 2, 3, 4, 5, 6, 7, 8, 0x75, 1, 2, 3, 4]);
    const known = encode(tinyRequest());
    const extended = Buffer.concat([unknown, fixed, known, unknown]);
    expect(readInferMessage(extended, metadata)).toEqual(readInferMessage(known, metadata));
  });

  it('keeps only as many tensors as it takes to refuse it', () => {
    const piece = encode({
      inputs: [{ name: 'features' }],
      outputs: [{ name: 'score' }],
      raw_input_contents: [Buffer.alloc(1)],
    });
    const { body, raw } = readInferMessage(
      Buffer.concat(Array.from({ length: 1000 }, () => piece)),
      metadata,
    );
    expect([body.inputs, body.outputs, raw]).toMatchObject([{ length: 2 }, { length: 2 }, { length: 2 }]);
  });
});

describe('InferTensorContents', () => {
  const input = { spec: features, datatype: 'FP32' };
  const float = (value: number) => Buffer.from(Float32Array.of(value).buffer);
  const packed = (...values: number[]) =>
    new WireWriter().bytes(6, Buffer.concat(values.map(float))).finish();

  it('may come packed in pieces or one by one', () => {
    const single = Buffer.concat([Buffer.from([0x35]), float(3)]);
    const contents = Buffer.concat([packed(1, 2), single, packed(), packed(4)]);
    expect(readContents(contents, input, 1)).toEqual(Float32Array.of(1, 2, 3, 4));
  });

  it('may hold varints one by one', () => {
    const spec = { ...features, datatype: 'INT64' as const };
    const contents = Buffer.from([0x18, 1, 0x18, 0x80, 1, 0x18, 0, 0x1a, 1, 5]);
    expect(readContents(contents, { spec, datatype: 'INT64' }, 1)).toEqual(
      BigInt64Array.of(1n, 128n, 0n, 5n),
    );
  });

  it('with more elements than the shape says are refused, however they are packed', () => {
    const spec = { ...features, datatype: 'INT32' as const };
    const many = new WireWriter().integers(2, Array<number>(1000).fill(7)).finish();
    for (const [contents, datatype] of [
      [packed(1, 2, 3, 4, 5), 'FP32'],
      [Buffer.concat([packed(1, 2, 3, 4), packed(5)]), 'FP32'],
      [many, 'INT32'],
      [Buffer.concat([many, many]), 'INT32'],
    ] as const)
      expect(() => readContents(contents, { spec, datatype }, 1)).toThrow(/got more than 4 elements/);
  });

  it('that end within a number are not a message', () => {
    const contents = new WireWriter().bytes(6, Buffer.alloc(15)).finish();
    expect(() => readContents(contents, input, 1)).toThrow(WireError);
  });

  it('with numbers as text are not a message', () => {
    const contents = new WireWriter().bool(6, true).finish();
    expect(() => readContents(contents, input, 1)).toThrow(WireError);
  });
});

describe('a varint', () => {
  it('of any 64 bits is read as it was written', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), (value) => {
        const reader = new WireReader(new WireWriter().integers(1, [value]).finish());
        expect(reader.next()).toBe(true);
        const varints = new WireReader(reader.bytes());
        expect(varints.nextVarint()).toBe(true);
        const read = (BigInt(varints.high >>> 0) << 32n) | BigInt(varints.low >>> 0);
        expect(read).toBe(BigInt.asUintN(64, value));
        expect(varints.nextVarint()).toBe(false);
      }),
    );
  });

  it('is read as a signed number', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const varints = new WireReader(new WireWriter().integers(1, [value]).finish().subarray(2));
        varints.nextVarint();
        expect(varints.signed()).toBe(value);
      }),
    );
  });

  it('of more than ten bytes is refused', () => {
    const reader = new WireReader(Buffer.from([0x08, ...Array<number>(10).fill(0x80), 0]));
    expect(() => reader.next()).toThrow('longer than ten bytes');
  });

  it('that is cut off is refused', () => {
    expect(() => new WireReader(Buffer.from([0x08, 0x80])).next()).toThrow(WireError);
  });
});

function outcome(read: () => unknown): 'read' | 'refused' | Error {
  try {
    read();
    return 'read';
  } catch (error) {
    return error instanceof WireError || error instanceof RequestError ? 'refused' : (error as Error);
  }
}
