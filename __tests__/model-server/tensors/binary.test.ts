import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';

import { readBinary, writeBinary } from '../../../model-server/src/tensors/binary';
import { DATATYPES } from '../../../model-server/src/tensors/datatype';
import type { Datatype, TensorValues } from '../../../model-server/src/tensors/datatype';

const ARRAYS: Readonly<Record<Datatype, fc.Arbitrary<TensorValues>>> = {
  BOOL: fc.uint8Array({ max: 1 }),
  UINT8: fc.uint8Array(),
  UINT16: fc.uint16Array(),
  UINT32: fc.uint32Array(),
  UINT64: fc.bigUint64Array(),
  INT8: fc.int8Array(),
  INT16: fc.int16Array(),
  INT32: fc.int32Array(),
  INT64: fc.bigInt64Array(),
  FP32: fc.float32Array(),
  FP64: fc.float64Array(),
  BYTES: fc.array(fc.string({ unit: 'grapheme' })),
};

const datatypes = Object.keys(DATATYPES) as Datatype[];

/** The bytes at an offset that suits no element size, between others. */
function displaced(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.alloc(1, 0xff), bytes, Buffer.alloc(9, 0xff)]).subarray(
    1,
    1 + bytes.byteLength,
  );
}

describe.each(datatypes)('%s', (datatype) => {
  const { bytes: size } = DATATYPES[datatype];

  it('survives a round trip at any byte offset', () => {
    fc.assert(
      fc.property(ARRAYS[datatype], (values) => {
        expect(readBinary(displaced(writeBinary(values)), datatype, values.length)).toEqual(values);
      }),
    );
  });

  it('is refused with too few or too many bytes', () => {
    fc.assert(
      fc.property(ARRAYS[datatype], fc.integer({ min: 1, max: 9 }), (values, off) => {
        const bytes = writeBinary(values);
        const more = Buffer.concat([bytes, Buffer.alloc(off)]);
        expect(readBinary(more, datatype, values.length)).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(ARRAYS[datatype], fc.integer({ min: 1, max: 9 }), (values, off) => {
        const bytes = writeBinary(values);
        fc.pre(bytes.byteLength > 0);
        const fewer = bytes.subarray(0, Math.max(0, bytes.byteLength - off));
        expect(readBinary(fewer, datatype, values.length)).toBeUndefined();
      }),
    );
  });

  it('is refused with the wrong number of elements', () => {
    fc.assert(
      fc.property(ARRAYS[datatype], fc.integer({ min: 1, max: 3 }), (values, off) => {
        const bytes = writeBinary(values);
        expect(readBinary(bytes, datatype, values.length + off)).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(ARRAYS[datatype], fc.integer({ min: 1, max: 3 }), (values, off) => {
        fc.pre(values.length >= off);
        expect(readBinary(writeBinary(values), datatype, values.length - off)).toBeUndefined();
      }),
    );
  });

  if (size > 0)
    it('does not share memory with the request', () => {
      const bytes = Buffer.alloc(2 * size);
      const values = readBinary(bytes, datatype, 2);
      bytes.fill(1);
      expect([...(values ?? [])].map(Number)).toEqual([0, 0]);
    });
});

describe('the layout', () => {
  it.each([
    ['INT16', Int16Array.of(1, -2), [1, 0, 0xfe, 0xff]],
    ['FP32', Float32Array.of(1.5), [0, 0, 0xc0, 0x3f]],
    ['INT64', BigInt64Array.of(-1n), Array<number>(8).fill(0xff)],
    ['BYTES', ['a', 'ü', ''], [1, 0, 0, 0, 0x61, 2, 0, 0, 0, 0xc3, 0xbc, 0, 0, 0, 0]],
  ] as const)('of %s is little-endian', (_datatype, values, bytes) => {
    expect([...writeBinary(values as TensorValues)]).toEqual(bytes);
  });

  it('is the same for part of an array', () => {
    expect([...writeBinary(Uint8Array.of(1, 2, 3, 4).subarray(1, 3))]).toEqual([2, 3]);
  });

  it.each([2, 255])('of BOOL has no %d', (byte) => {
    expect(readBinary(Buffer.of(0, byte), 'BOOL', 2)).toBeUndefined();
  });

  it.each([
    ['no UTF-8', [1, 0, 0, 0, 0xff]],
    ['half a character', [1, 0, 0, 0, 0xc3]],
    ['a length beyond the end', [0xff, 0xff, 0xff, 0xff, 0x61]],
    ['half a length', [1, 0]],
  ])('of BYTES has no element of %s', (_what, bytes) => {
    expect(readBinary(Buffer.from(bytes), 'BYTES', 1)).toBeUndefined();
  });

  it('of BYTES keeps a byte order mark', () => {
    expect(readBinary(writeBinary(['\ufeffa']), 'BYTES', 1)).toEqual(['\ufeffa']);
  });
});
