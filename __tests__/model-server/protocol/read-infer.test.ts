import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';

import { RequestError } from '../../../model-server/src/errors';
import { readPackage } from '../../../model-server/src/model/package';
import { InferReader } from '../../../model-server/src/protocol/read-infer';
import { writePackage } from '../../../model-server/testing/package';

const { metadata } = await readPackage(await writePackage());
const MAX_ROWS = 5000;
const reader = new InferReader(metadata, MAX_ROWS);

/** What a body is read as: a request, or an error with its status and text. */
async function outcome(body: string, jsonLength?: number): Promise<unknown> {
  try {
    return await reader.read(Buffer.from(body), jsonLength);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return { status: error.status, reason: error.reason, message: error.message };
  }
}

const quickly = (body: string) => outcome(body);
/** A body of JSON followed by no binary tensor at all says the same, but is never read the quick way. */
const carefully = (body: string) => outcome(body, Buffer.byteLength(body));

const space = fc.string({ unit: fc.constantFrom(' ', '\n', '\t'), maxLength: 2 });
const value = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('0', '1', '2.5', '1e0', '-0', '23', '0.1', '1E1') },
  { weight: 1, arbitrary: fc.double().map((each) => JSON.stringify(each)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('null', '-1', '1e400', '01', '"1"', 'true', '[1]', '{}', 'NaN', '""'),
  },
);
const row = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(
      fc.constantFrom('0', '120', '3.5'),
      fc.constantFrom('3', '23', '0'),
      fc.constantFrom('0', '1'),
      value,
    ),
  },
  { weight: 2, arbitrary: fc.tuple(value, value, value, value) },
  { weight: 1, arbitrary: fc.array(value, { maxLength: 5 }) },
);
const data = fc
  .tuple(fc.array(row, { minLength: 1, maxLength: 3 }), fc.boolean(), space, space)
  .map(([rows, nested, before, between]) => {
    const lines = rows.map((cells) => cells.join(`,${between}`));
    const text = `[${before}${lines.map((line) => (nested ? `[${line}]` : line)).join(`${between},`)}${before}]`;
    return { rows: rows.length, text };
  });
/** Other members, some of which try to pass for the data. */
const disguise = fc.constantFrom(
  '"parameters":{"a":1},',
  '"parameters":{"data":[1,2,3,4]},',
  '"x":"\\"data\\":[1]",',
  '"x":"data",',
  '"x":["data",[1]],',
  '"data":[9,9,0,9],',
  '"d\\u0061ta":[9,9,0,9],',
  '"shape":[1,4],',
  '"x":[[]],',
  '"x":"ü",',
);
const extra = fc.oneof({ weight: 9, arbitrary: fc.constant('') }, { weight: 1, arbitrary: disguise });
const body = fc
  .tuple(data, extra, extra, extra, space, fc.constantFrom(0, 0, 0, 1, -1))
  .map(([{ rows, text }, top, before, after, gap, off]) => {
    const input = `{${before}"name":"features",${gap}"shape":[${rows + off},4],"datatype":"FP32","data"${gap}:${gap}${text},${after}"z":0}`;
    return `{${top}"inputs":[${input}]}`;
  });

describe('a request', () => {
  it('is read the same on the fast and the slow path', async () => {
    await fc.assert(
      fc.asyncProperty(body, async (text) => {
        expect(await quickly(text)).toStrictEqual(await carefully(text));
      }),
      { numRuns: 3000 },
    );
  });

  it('is read the same with a few bytes changed', async () => {
    const bytes = fc.constantFrom(...'0123456789eE+-.,[]{}":\\ nultdash\u00e9');
    await fc.assert(
      fc.asyncProperty(
        body,
        fc.array(fc.tuple(fc.nat(), bytes, fc.integer({ min: 0, max: 2 })), { minLength: 1, maxLength: 3 }),
        async (text, changes) => {
          let changed = text;
          for (const [where, byte, removed] of changes) {
            const at = where % changed.length;
            changed = changed.slice(0, at) + byte + changed.slice(at + removed);
          }
          expect(await quickly(changed)).toStrictEqual(await carefully(changed));
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('is read the same wherever it is cut off', async () => {
    await fc.assert(
      fc.asyncProperty(body, fc.nat(), async (text, where) => {
        const cut = text.slice(0, where % text.length);
        expect(await quickly(cut)).toStrictEqual(await carefully(cut));
      }),
    );
  });

  it('with more values than fit one turn of the event loop is read the same', async () => {
    const rows = MAX_ROWS;
    const flat = Array.from({ length: rows }, (_, index) => [
      index / 7,
      index % 24,
      index % 2,
      -index,
    ]).flat();
    const text = JSON.stringify({
      inputs: [{ name: 'features', shape: [rows, 4], datatype: 'FP32', data: flat }],
    });
    const read = await quickly(text);
    expect(read).toMatchObject({ rows });
    expect(read).toStrictEqual(await carefully(text));
  });

  it('does not mix with another that is read meanwhile', async () => {
    const texts = [1, 2].map((value) =>
      JSON.stringify({
        inputs: [
          {
            name: 'features',
            shape: [MAX_ROWS, 4],
            datatype: 'FP32',
            data: Array<number>(4 * MAX_ROWS).fill(value % 2),
          },
        ],
      }),
    );
    const together = await Promise.all(texts.map(quickly));
    const alone = await Promise.all(texts.map(carefully));
    expect(together).toStrictEqual(alone);
  });

  it('with an error after the first turn is refused, naming the row', async () => {
    const rows = Array.from({ length: MAX_ROWS }, () => [1, 2, 0, 4]);
    rows[4999] = [1, 24, 0, 4];
    const text = JSON.stringify({
      inputs: [{ name: 'features', shape: [MAX_ROWS, 4], datatype: 'FP32', data: rows }],
    });
    expect(await quickly(text)).toMatchObject({
      reason: 'value-out-of-range',
      message: expect.stringContaining('row 4999, feature "hour" (column 1): got 24'),
    });
  });

  it('rounds each number to the nearest FP32', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: -3.4e38, max: 3.4e38, noNaN: true }), async (number) => {
        const text = JSON.stringify({
          inputs: [{ name: 'features', shape: [1, 4], datatype: 'FP32', data: [0, 0, 0, number] }],
        });
        const { inputs } = (await quickly(text)) as { inputs: Float32Array[] };
        expect(inputs[0]?.[3]).toBe(Math.fround(JSON.parse(JSON.stringify(number)) as number));
      }),
    );
  });
});
