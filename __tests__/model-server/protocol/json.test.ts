import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { RequestError } from '../../../model-server/src/errors';
import { mostValues, parseJson } from '../../../model-server/src/protocol/json';

const MOST = mostValues(4096, 16);

function refusal(text: string | Uint8Array, maxValues = MOST): RequestError {
  try {
    parseJson(Buffer.from(text), maxValues);
  } catch (error) {
    if (error instanceof RequestError) return error;
  }
  throw new Error('it was parsed');
}

describe('a body that would take far more memory than it has bytes', () => {
  it.each([
    ['nested arrays', '['.repeat(2_000_000) + ']'.repeat(2_000_000), 400],
    ['nested arrays without an end', '['.repeat(4_000_000), 400],
    ['nested objects', '{"a":'.repeat(700_000), 400],
    ['many empty arrays', `[${'[],'.repeat(1_300_000)}[]]`, 413],
    ['many empty objects', `[${'{},'.repeat(1_300_000)}{}]`, 413],
    ['many numbers', `[${'0,'.repeat(2_000_000)}0]`, 413],
    ['many keys', `{${Array.from({ length: 400_000 }, (_, i) => `"${i}":0`).join(',')}}`, 413],
    ['brackets after a text with quotes', `["${'\\"'.repeat(10_000)}",${'['.repeat(100_000)}`, 400],
  ])('is refused before it is parsed: %s', (_what, text, status) => {
    const before = process.memoryUsage().heapUsed;
    expect(refusal(text).status).toBe(status);
    expect((process.memoryUsage().heapUsed - before) / 2 ** 20).toBeLessThan(16);
  });

  it('says what was too much', () => {
    expect(refusal('['.repeat(100_000)).message).toContain('nested more than 64 deep');
    expect(refusal(`[${'0,'.repeat(2_000_000)}0]`).message).toContain('holds too many values');
  });
});

describe('any other JSON', () => {
  it('is parsed as JSON.parse does, brackets within texts or not', () => {
    const values = fc.json({ maxDepth: 8, depthSize: 'large' });
    fc.assert(
      fc.property(values, fc.constantFrom('"[[[[{{{"', '"\\\\"', '"\\"["', '1'), (text, odd) => {
        const whole = `[${odd},${text},"${' '.repeat(20_000)}"]`;
        expect(parseJson(Buffer.from(whole), 1_000_000)).toEqual(JSON.parse(whole));
      }),
    );
  });

  it('of most rows that a request may have is below the limit', () => {
    const row = `[${Array<string>(16).fill('0.5').join(',')}]`;
    const text = `{"inputs":[{"data":[${Array<string>(4096).fill(row).join(',')}]}]}`;
    expect(parseJson(Buffer.from(text), MOST)).toEqual(JSON.parse(text));
  });
});
