import { describe, expect, it } from '@jest/globals';

import { inferRequest, startTestServer } from '../../../model-server/testing/app';
import { expectThat } from '../../support/expect-that';

const server = await startTestServer({ env: { MAX_ROWS: '3' } });

async function refused(body: unknown, status = 400): Promise<string> {
  const response = await server.infer(body);
  expectThat(response.statusCode, response.body).toBe(status);
  const answer = response.json<{ error: string }>();
  expect(Object.keys(answer)).toEqual(['error']);
  return answer.error;
}

function withInput(changes: Record<string, unknown>): Record<string, unknown> {
  return {
    inputs: [{ name: 'features', shape: [1, 4], datatype: 'FP32', data: [120, 3, 1, null], ...changes }],
  };
}

describe('a body is refused', () => {
  it('when it is not JSON', async () => {
    expect(await refused('{"inputs": [NaN]}')).toMatchInlineSnapshot(
      `"the request body is not JSON: got Unexpected token 'N', "{"inputs": [NaN]}" is not valid JSON, expected an Inference Request JSON Object. Check the body with a JSON parser; NaN and Infinity are not JSON."`,
    );
  });

  it('when it is empty', async () => {
    const response = await server.app.inject({ method: 'POST', url: '/v2/models/tiny/infer' });
    expect(response.json<{ error: string }>().error).toMatchInlineSnapshot(
      `"the request body is not JSON: got an empty body, expected an Inference Request JSON Object. Check the body with a JSON parser; NaN and Infinity are not JSON."`,
    );
  });

  it.each(['null', '[]', '3', '"text"'])('when it is %s', async (body) => {
    expect(await refused(body)).toContain('expected a JSON object with "inputs"');
  });

  it('when its id is not a string', async () => {
    expect(await refused({ ...inferRequest(), id: 7 })).toMatchInlineSnapshot(
      `""id": got 7, expected a text of up to 256 characters. See the Open Inference Protocol v2, "Inference Request JSON Object"."`,
    );
  });

  it('when its id is overlong', async () => {
    expect(await refused({ ...inferRequest(), id: 'x'.repeat(257) })).toContain('up to 256 characters');
  });

  it('when its parameters are not an object', async () => {
    expect(await refused({ ...inferRequest(), parameters: [] })).toContain(
      '"parameters"'.replaceAll('"', ''),
    );
  });

  it('without inputs', async () => {
    expect(await refused({})).toMatchInlineSnapshot(
      `""inputs": got nothing, expected an array with input "features". See the Open Inference Protocol v2, "Inference Request JSON Object"."`,
    );
  });

  it('with an unknown input', async () => {
    expect(await refused(withInput({ name: 'x' }))).toMatchInlineSnapshot(
      `""inputs"[0] name: got "x", expected "features". Name the input of the model."`,
    );
  });

  it('with the same input twice', async () => {
    const { inputs } = withInput({});
    expect(
      await refused({ inputs: [...(inputs as unknown[]), ...(inputs as unknown[])] }),
    ).toMatchInlineSnapshot(
      `""inputs": got 2 tensors, expected exactly one, "features". See the Open Inference Protocol v2, "Inference Request JSON Object"."`,
    );
  });

  it('with an input that is not an object', async () => {
    expect(await refused({ inputs: [null] })).toContain('"inputs"[0]: got null');
  });

  it('with an unknown output', async () => {
    expect(await refused({ ...inferRequest(), outputs: [{ name: 'label' }] })).toMatchInlineSnapshot(
      `""outputs"[0] name: got "label", expected "score". Name outputs of the model."`,
    );
  });

  it('with the same output twice', async () => {
    expect(await refused({ ...inferRequest(), outputs: [{ name: 'score' }, { name: 'score' }] })).toContain(
      'each output at most once',
    );
  });

  it('with an unsupported datatype', async () => {
    expect(await refused(withInput({ datatype: 'INT64' }))).toMatchInlineSnapshot(
      `"input "features" datatype: got "INT64", expected "FP32" or "FP64". Send the numbers as FP32; FP64 is rounded to FP32."`,
    );
  });
});

describe('a body nested deeper than the stack', () => {
  const deep = '['.repeat(200_000) + ']'.repeat(200_000);

  it.each(['shape', 'data', 'name', 'datatype', 'parameters'])('is refused in %s', async (key) => {
    const body = JSON.stringify(withInput({ [key]: 'DEEP' })).replace('"DEEP"', deep);
    expect((await refused(body)).length).toBeLessThan(300);
  });

  it.each(['inputs', 'outputs', 'id'])('is refused in %s', async (key) => {
    const body = JSON.stringify({ ...inferRequest(), [key]: 'DEEP' }).replace('"DEEP"', deep);
    expect((await refused(body)).length).toBeLessThan(300);
  });

  it('is refused as a value', async () => {
    const body = JSON.stringify(inferRequest([['DEEP', 3, 1, 0]])).replace('"DEEP"', deep);
    expect(await refused(body)).toContain('got arrays or objects nested more than 64 deep');
    const shallow = JSON.stringify(inferRequest([[[[0]], 3, 1, 0]]));
    expect(await refused(shallow)).toContain('row 0, feature "amount" (column 0): got an array of 1');
  });
});

describe('a shape is refused', () => {
  it.each([undefined, [4], [1, 5], [0, 4], [-1, 4], [1.5, 4], ['1', 4], [1, 4, 1], 'rows', [2 ** 60, 4]])(
    'when it is %j',
    async (shape) => {
      expect(await refused(withInput({ shape }))).toContain('expected [rows, 4] with at least one row');
    },
  );

  it('with the value, the expectation and the fix', async () => {
    expect(await refused(withInput({ shape: [4] }))).toMatchInlineSnapshot(
      `"input "features" shape: got [4], expected [rows, 4] with at least one row. Send one column per feature; a single row has shape [1, 4]."`,
    );
  });

  it('with more rows than allowed', async () => {
    expect(await refused(withInput({ shape: [4, 4] }), 413)).toMatchInlineSnapshot(
      `"input "features" shape: got 4 rows, expected at most 3. Split the batch over several requests."`,
    );
  });
});

describe('data is refused', () => {
  it('when it is not an array', async () => {
    expect(await refused(withInput({ data: '120,3,1,0' }))).toMatchInlineSnapshot(
      `"input "features" data: got "120,3,1,0", expected an array of numbers. Send the values as JSON numbers, row by row."`,
    );
  });

  it('when it is shorter than the shape says', async () => {
    expect(await refused(withInput({ data: [120, 3, 1] }))).toMatchInlineSnapshot(
      `"input "features" data: got 3 elements, expected 4, as shape [1, 4] says. Make shape and data agree."`,
    );
  });

  it('when it has more rows than the shape says', async () => {
    expect(
      await refused(
        withInput({
          data: [
            [120, 3, 1, 0],
            [1, 1, 1, 1],
          ],
        }),
      ),
    ).toMatchInlineSnapshot(
      `"input "features" data: got 2 rows, expected 1, as shape [1, 4] says. Make shape and data agree."`,
    );
  });

  it('when a nested row is too long', async () => {
    expect(await refused(withInput({ data: [[120, 3, 1, 0, 5]] }))).toMatchInlineSnapshot(
      `"input "features" data, row 0: got 5 elements, expected an array of 4 numbers. Nest every row or none."`,
    );
  });

  it('when nested and flat rows are mixed', async () => {
    expect(await refused(inferRequest([[120, 3, 1, 0], 5], 2))).toMatchInlineSnapshot(
      `"input "features" data, row 1: got 5, expected an array of 4 numbers. Nest every row or none."`,
    );
  });
});

describe('a value is refused', () => {
  const at = (column: number, value: unknown): unknown[] =>
    [120, 3, 1, 0].map((allowed, i) => (i === column ? value : allowed));

  it('when it is a string', async () => {
    expect(await refused(inferRequest(at(0, 'NaN')))).toMatchInlineSnapshot(
      `"input "features" data, row 0, feature "amount" (column 0): got "NaN", expected a finite FP32 number, 0 or more. Send a JSON number."`,
    );
  });

  it('when it is a string where null is allowed', async () => {
    expect(await refused(inferRequest(at(3, 'NaN')))).toMatchInlineSnapshot(
      `"input "features" data, row 0, feature "average" (column 3): got "NaN", expected a finite FP32 number or null. Send a JSON number, or null for a missing value."`,
    );
  });

  it('when it is null and the feature is required', async () => {
    expect(await refused(inferRequest(at(0, null)))).toMatchInlineSnapshot(
      `"input "features" data, row 0, feature "amount" (column 0): got null, expected a finite FP32 number, 0 or more. The model was not trained with this value missing: fill it before you ask."`,
    );
  });

  it('when it is below the minimum', async () => {
    expect(await refused(inferRequest(at(0, -0.01)))).toMatchInlineSnapshot(
      `"input "features" data, row 0, feature "amount" (column 0): got -0.01, expected a finite FP32 number, 0 or more. Correct the value, or leave the row out."`,
    );
  });

  it('when it is above the maximum', async () => {
    expect(await refused(inferRequest(at(1, 24)))).toMatchInlineSnapshot(
      `"input "features" data, row 0, feature "hour" (column 1): got 24, expected a whole number from 0 to 23. Correct the value, or leave the row out."`,
    );
  });

  it('when it is not whole', async () => {
    expect(await refused(inferRequest(at(1, 3.5)))).toMatchInlineSnapshot(
      `"input "features" data, row 0, feature "hour" (column 1): got 3.5, expected a whole number from 0 to 23. Correct the value, or leave the row out."`,
    );
  });

  it('when it is not a category', async () => {
    expect(await refused(inferRequest(at(2, 2)))).toMatchInlineSnapshot(
      `"input "features" data, row 0, feature "channel" (column 2): got 2, expected a category number (0 = "web", 1 = "pos"). Correct the value, or leave the row out."`,
    );
  });

  it('when it is the text of a category', async () => {
    expect(await refused(inferRequest(at(2, 'web')))).toMatchInlineSnapshot(
      `"input "features" data, row 0, feature "channel" (column 2): got "web", expected a category number (0 = "web", 1 = "pos"). Send the number of the category, not its text."`,
    );
  });

  it('when it lies between categories', async () => {
    expect(await refused(inferRequest(at(2, 0.5)))).toContain('feature "channel" (column 2): got 0.5');
  });

  it('when it overflows FP32', async () => {
    expect(await refused(inferRequest(at(3, 1e39)))).toMatchInlineSnapshot(
      `"input "features" data, row 0, feature "average" (column 3): got 1e+39, expected a finite FP32 number or null. Correct the value, or leave the row out."`,
    );
  });

  it('when it overflows a double', async () => {
    const body = JSON.stringify(inferRequest(at(3, 77))).replace('77', '1e999');
    expect(await refused(body)).toContain('feature "average" (column 3): got Infinity');
  });

  it.each([true, {}, []])('when it is %j', async (value) => {
    expect(await refused(inferRequest([at(3, value)]))).toContain('expected a finite FP32 number or null');
  });

  it('with its row, in flat data', async () => {
    expect(await refused(inferRequest([...at(0, 1), ...at(0, -1)], 2))).toContain('row 1, feature "amount"');
  });

  it('with its row, in nested data', async () => {
    expect(await refused(inferRequest([at(0, 1), at(0, 1), at(0, -1)], 3))).toContain(
      'row 2, feature "amount"',
    );
  });

  it('with a short quote, however long it is', async () => {
    expect((await refused(inferRequest(at(0, 'x'.repeat(100_000))))).length).toBeLessThan(300);
  });
});
