import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';

import { JsonNumbers, findDataArray } from '../../../model-server/src/tensors/json-numbers';

/** What the scanner reads of a whole text, `rowsPerRead` rows at a time; undefined where it gives up. */
function scan(
  text: string,
  rows: number,
  columns: number,
  nested: boolean,
  rowsPerRead = rows,
): number[] | undefined {
  const bytes = Buffer.from(text);
  const numbers = new JsonNumbers(bytes, 0, columns, nested);
  const values: number[] = [];
  for (let row = 0; row < rows; row += rowsPerRead) {
    const count = Math.min(rowsPerRead, rows - row);
    const into = new Float64Array(count * columns);
    if (!numbers.read(into, count)) return undefined;
    values.push(...into);
  }
  return numbers.end() === bytes.byteLength ? values : undefined;
}

/** What `JSON.parse` makes of the text, if that is as many numbers and nulls; null is NaN. */
function parsed(text: string, rows: number, columns: number, nested: boolean): number[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value)) return undefined;
  const isRow = (row: unknown) => Array.isArray(row) && row.length === columns;
  if (nested && !(value.length === rows && value.every(isRow))) return undefined;
  const flat = (nested ? value.flat() : value) as unknown[];
  if (flat.length !== rows * columns) return undefined;
  const isNumberOrNull = (each: unknown): each is number | null => each === null || typeof each === 'number';
  return flat.every(isNumberOrNull) ? flat.map((each) => each ?? NaN) : undefined;
}

const digits = (least: number, most: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: least, maxLength: most });

const exponent = fc.oneof(
  fc.constant(''),
  fc
    .tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), fc.oneof(digits(1, 2), digits(0, 4)))
    .map((parts) => parts.join('')),
);

/** Near JSON numbers: some have leading zeros, no digits before or after the point, or an exponent beyond any double. */
const numberText = fc
  .tuple(
    fc.constantFrom('', '', '-', '+', '--'),
    fc.oneof(
      { weight: 6, arbitrary: fc.nat().map(String) },
      { weight: 2, arbitrary: fc.bigInt({ min: 0n, max: 10n ** 40n }).map(String) },
      { weight: 1, arbitrary: digits(0, 3) },
    ),
    fc.oneof(
      fc.constant(''),
      digits(0, 4).map((text) => `.${text}`),
      digits(15, 25).map((text) => `.${text}`),
    ),
    exponent,
  )
  .map((parts) => parts.join(''));

/** Always a JSON number. */
const validText = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value.toExponential()),
  fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => String(value)),
  fc.integer().map(String),
  fc
    .tuple(
      fc.constantFrom('', '-'),
      fc.bigInt({ min: 0n, max: 10n ** 30n }).map(String),
      fc.oneof(
        fc.constant(''),
        digits(1, 25).map((text) => `.${text}`),
      ),
      fc.oneof(
        fc.constant(''),
        fc.integer({ min: -420, max: 420 }).map((power) => `e${power}`),
      ),
    )
    .map((parts) => parts.join('')),
  fc.constantFrom(
    'null',
    '-0',
    '0',
    '-0.0',
    '1e400',
    '-1e400',
    '5e-324',
    '2e-324',
    '9007199254740993',
    '0e99',
  ),
);

const space = fc.string({ unit: fc.constantFrom(' ', '\n', '\r', '\t'), maxLength: 3 });

interface Grid {
  readonly rows: number;
  readonly columns: number;
  readonly nested: boolean;
  readonly text: string;
}

function grid(element: fc.Arbitrary<string>): fc.Arbitrary<Grid> {
  return fc
    .record({
      rows: fc.integer({ min: 1, max: 4 }),
      columns: fc.integer({ min: 1, max: 4 }),
      nested: fc.boolean(),
    })
    .chain(({ rows, columns, nested }) =>
      fc
        .tuple(
          fc.array(element, { minLength: rows * columns, maxLength: rows * columns }),
          fc.array(space, { minLength: 7, maxLength: 7 }),
        )
        .map(([elements, spaces]) => {
          const [a = '', b = '', c = '', d = '', e = '', f = '', g = ''] = spaces;
          const lines = Array.from({ length: rows }, (_, row) =>
            elements.slice(row * columns, (row + 1) * columns).join(`${a},${b}`),
          );
          const body = lines.map((line) => (nested ? `[${c}${line}${d}]` : line)).join(`${e},${f}`);
          return { rows, columns, nested, text: `[${g}${body}${a}]` };
        }),
    );
}

describe('an array of JSON numbers', () => {
  it('is read as JSON.parse reads it, bit for bit', () => {
    fc.assert(
      fc.property(grid(validText), fc.integer({ min: 1, max: 4 }), (each, rowsPerRead) => {
        const { text, rows, columns, nested } = each;
        const expected = parsed(text, rows, columns, nested);
        expect(expected).toBeDefined();
        // Object.is tells -0 from 0.
        expect(scan(text, rows, columns, nested, rowsPerRead)).toStrictEqual(expected);
      }),
      { numRuns: 3000 },
    );
  });

  it('is never read differently from JSON.parse', () => {
    fc.assert(
      fc.property(grid(fc.oneof({ weight: 9, arbitrary: validText }, numberText)), (each) => {
        const { text, rows, columns, nested } = each;
        expect(scan(text, rows, columns, nested)).toStrictEqual(parsed(text, rows, columns, nested));
      }),
      { numRuns: 3000 },
    );
  });

  it('is not read when it is cut off', () => {
    fc.assert(
      fc.property(grid(validText), fc.nat(), ({ text, rows, columns, nested }, at) => {
        expect(scan(text.slice(0, at % text.length), rows, columns, nested)).toBeUndefined();
      }),
    );
  });

  it('is never misread with one byte changed', () => {
    const bytes = fc.constantFrom(...'0123456789eE+-.,[]nul \n"{}:tx');
    fc.assert(
      fc.property(grid(validText), fc.nat(), bytes, ({ text, rows, columns, nested }, where, byte) => {
        // The scanner is given where an array opens.
        const at = 1 + (where % (text.length - 1));
        const changed = text.slice(0, at) + byte + text.slice(at + 1);
        const got = scan(changed, rows, columns, nested);
        // What the scanner does not read is left to JSON.parse, which may refuse it.
        const wanted = got === undefined ? undefined : parsed(changed, rows, columns, nested);
        expect(got).toStrictEqual(wanted);
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['[-0]', [-0]],
    ['[0.0e0]', [0]],
    ['[1e400]', [Infinity]],
    ['[-1e400]', [-Infinity]],
    ['[1e-400]', [0]],
    ['[9007199254740993]', [9007199254740992]],
    ['[0.1234567890123456789]', [0.12345678901234568]],
    ['[1e22]', [1e22]],
    ['[1e23]', [1e23]],
    ['[123456789012345678e-2]', [1234567890123456.8]],
    [`[1${'0'.repeat(400)}e-400]`, [1]],
    [`[0.${'0'.repeat(400)}1e401]`, [1]],
    [`[1e-${'9'.repeat(400)}]`, [0]],
    [`[0e${'9'.repeat(400)}]`, [0]],
    ['[null]', [NaN]],
  ])('reads %s', (text, values) => {
    expect(scan(text, 1, 1, false)).toStrictEqual(values);
  });

  it.each([
    '[01]',
    '[-01]',
    '[00]',
    '[.5]',
    '[5.]',
    '[5.e1]',
    '[1e]',
    '[1e+]',
    '[-]',
    '[+1]',
    '[NaN]',
    '[Infinity]',
    '[nul]',
    '[nulll]',
    '[1 2]',
    '[1,]',
    '[,1]',
    '[]',
    '[1',
    '1]',
    '["1"]',
    '[true]',
    '[0x1]',
    '[1_0]',
    '[1]]',
    '[[1]',
    '[\u00a01]',
    '[\f1]',
  ])('does not read %s', (text) => {
    expect(scan(text, 1, 1, false)).toBeUndefined();
  });

  it('yields nothing after an error', () => {
    const numbers = new JsonNumbers(Buffer.from('[1,x,2]'), 0, 1, false);
    const into = new Float64Array(1);
    expect([numbers.read(into, 1), numbers.read(into, 1), numbers.read(into, 1), numbers.end()]).toEqual([
      true,
      false,
      false,
      -1,
    ]);
  });
});

describe('the data array', () => {
  const find = (text: string) => {
    const found = findDataArray(Buffer.from(text));
    return found && { ...found, text: Buffer.from(text).subarray(found.start, found.end).toString() };
  };

  it.each([
    ['{"data":[1,2]}', '[1,2]', false],
    ['{"data" :\n [ 1 , 2 ] , "x": 1}', '[ 1 , 2 ]', false],
    ['{"data":[[1],[2] ]}', '[[1],[2] ]', true],
    ['{"data":[ [1] ,[2]\n],"x":[[3]]}', '[ [1] ,[2]\n]', true],
    ['{"a":["b"],"data":[1]}', '[1]', false],
    ['{"data":[]}', '[]', false],
    ['{"ü":"ü","data":[1]}', '[1]', false],
  ])('of %s is %s', (text, array, nested) => {
    expect(find(text)).toMatchObject({ text: array, nested });
  });

  it.each([
    '{}',
    '{"data"',
    '{"data":',
    '{"data":1}',
    '{"data":{"a":[1]}}',
    '{"data":[1',
    '{"data":[[1],[2]',
    '{"data":["1"]}',
    '{"data":[1],"more":{"data":[2]}}',
    '"data"[1]',
  ])('is not found in %s', (text) => {
    expect(find(text)).toBeUndefined();
  });
});
