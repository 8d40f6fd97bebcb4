import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';

import { WIRE, WireReader } from '../../../model-server/src/protobuf/wire-reader';

const FIELD = 7;
const OTHER_FIELD = 8;
const CODES = new Map([
  ['LEAF', 0],
  ['BRANCH_LEQ', 1],
]);

function tag(field: number, wire: number): number {
  return field * 8 + wire;
}

function floatField(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes[0] = tag(FIELD, WIRE.fixed32);
  bytes.writeFloatLE(value, 1);
  return bytes;
}

function textField(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([tag(FIELD, WIRE.bytes), bytes.byteLength]), bytes]);
}

const other = Buffer.from([tag(OTHER_FIELD, WIRE.varint), 1]);

/** Fields, and a number of bytes that are cut off their end. */
function messageOf(field: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const fields = fc.array(fc.oneof({ weight: 9, arbitrary: field }, fc.constant(other)), { maxLength: 12 });
  return fc
    .tuple(
      fields.map((all) => Buffer.concat(all)),
      fc.nat({ max: 8 }),
    )
    .map(([whole, cut]) => whole.subarray(0, Math.max(0, whole.byteLength - cut)));
}

/** The values and the error of reading field by field; `read` may read on. */
function outcome(message: Buffer, read: (reader: WireReader, values: number[]) => void): unknown {
  const values: number[] = [];
  const reader = new WireReader(message);
  try {
    while (reader.next()) if (reader.number === FIELD) read(reader, values);
    return { values };
  } catch (error) {
    return { values, error };
  }
}

describe('reading on', () => {
  it('gives the floats that one field after the other gives, and the same error', () => {
    const field = fc.float({ noNaN: true }).map(floatField);
    fc.assert(
      fc.property(messageOf(field), (message) => {
        const one = (reader: WireReader, values: number[]): void => {
          values.push(message.readFloatLE(reader.start));
        };
        const all = (reader: WireReader, values: number[]): void => {
          one(reader, values);
          const more = new Float32Array(message.byteLength);
          values.push(...more.subarray(0, reader.moreFloats(more, 0)));
        };
        expect(outcome(message, all)).toEqual(outcome(message, one));
      }),
    );
  });

  it('gives the codes that one field after the other gives, stops at other words, and gives the same error', () => {
    const field = fc.constantFrom('LEAF', 'BRANCH_LEQ', 'LEAFS', '', 'x'.repeat(127)).map(textField);
    fc.assert(
      fc.property(messageOf(field), (message) => {
        const one = (reader: WireReader, values: number[]): void => {
          values.push(CODES.get(reader.text()) ?? -1);
        };
        const all = (reader: WireReader, values: number[]): void => {
          one(reader, values);
          const more = new Uint8Array(message.byteLength);
          values.push(...more.subarray(0, reader.moreWords(CODES, more, 0)));
        };
        expect(outcome(message, all)).toEqual(outcome(message, one));
      }),
    );
  });
});
