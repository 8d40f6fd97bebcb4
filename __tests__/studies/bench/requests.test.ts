import { describe, expect, it } from '@jest/globals';

import { binaryBody, binaryScores, jsonBody, jsonScores, shortest } from '../../../studies/bench/requests';

const rows = { values: Float32Array.of(0.1, 2, -3.25, 16777216, 1e-7, 123.456), columns: 2 };

describe('shortest', () => {
  it('prints only the digits that tell a float32 from its neighbours', () => {
    expect(Array.from(rows.values, shortest)).toEqual(['0.1', '2', '-3.25', '16777216', '1e-7', '123.456']);
  });

  it('round-trips every float32 in at most nine digits', () => {
    const values = new Float32Array(
      new Uint32Array([1, 0x3f800001, 0x7f7fffff, 0xc2f6e979, 0x00800000]).buffer,
    );
    for (const value of values) {
      const text = shortest(value);
      expect(Math.fround(Number(text))).toBe(value);
      expect(text.replace(/e.*|[^0-9]/g, '').replace(/^0+/, '').length).toBeLessThanOrEqual(9);
    }
  });
});

describe('jsonBody', () => {
  it('is one line of the Open Inference Protocol', () => {
    const body = jsonBody(rows, 1, 2);
    expect(body).not.toContain('\n');
    expect(JSON.parse(body)).toEqual({
      inputs: [{ name: 'features', shape: [2, 2], datatype: 'FP32', data: [-3.25, 16777216, 1e-7, 123.456] }],
    });
  });
});

describe('binaryBody', () => {
  it('puts the rows as little-endian float32 after a header of the announced length', () => {
    const { body, headerLength } = binaryBody(rows, 0, 1);
    const header = JSON.parse(body.subarray(0, headerLength).toString()) as unknown;
    expect(header).toMatchObject({
      inputs: [{ shape: [1, 2], parameters: { binary_data_size: 8 } }],
      outputs: [{ name: 'score', parameters: { binary_data: true } }],
    });
    expect(body.readFloatLE(headerLength)).toBe(Math.fround(0.1));
    expect(body.byteLength).toBe(headerLength + 8);
  });

  it('has a header of one length for all rows', () => {
    expect(binaryBody(rows, 2, 1).headerLength).toBe(binaryBody(rows, 0, 1).headerLength);
  });
});

describe('answers', () => {
  it('are read from flat and from nested JSON', () => {
    const answer = (data: unknown) => JSON.stringify({ outputs: [{ name: 'score', data }] });
    expect(jsonScores(answer([0.5, 0.25]))).toEqual([0.5, 0.25]);
    expect(jsonScores(answer([[0.5], [0.25]]))).toEqual([0.5, 0.25]);
  });

  it('are read from binary at any offset', () => {
    const answer = Buffer.concat([Buffer.from('{"a":1}'), Buffer.from(Float32Array.of(0.5, 0.25).buffer)]);
    expect(binaryScores(answer, 7)).toEqual([0.5, 0.25]);
  });
});
