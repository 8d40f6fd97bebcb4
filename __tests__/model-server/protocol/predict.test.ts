import { describe, expect, it } from '@jest/globals';

import { startTestServer } from '../../../model-server/testing/app';
import type { TestServer } from '../../../model-server/testing/app';
import { MANY_TYPES } from '../../../model-server/testing/many-types';
import { expectThat } from '../../support/expect-that';

interface Answer {
  readonly error?: string;
  readonly model_name: string;
  readonly model_version: string;
  readonly threshold: number;
  readonly predictions: readonly { prediction_id: string; score: number; decision: boolean }[];
}

const RECORD = { amount: 120, hour: 3, channel: 'pos', average: 60 };
const server = await startTestServer({ env: { MAX_ROWS: '3' } });

async function predict(
  body: unknown,
  status = 200,
  headers: Record<string, string> = {},
  on: TestServer = server,
  model = 'tiny',
): Promise<Answer> {
  const response = await on.infer(body, headers, `/v1/models/${model}/predict`);
  expectThat(response.statusCode, response.body).toBe(status);
  return response.json<Answer>();
}

const refused = async (record: unknown, status = 400): Promise<string> =>
  (await predict({ records: [record] }, status)).error ?? '';

async function inferred(rows: readonly (readonly (number | null)[])[]): Promise<number[]> {
  const response = await server.infer({
    inputs: [{ name: 'features', shape: [rows.length, 4], datatype: 'FP32', data: rows }],
  });
  return response.json<{ outputs: { data: number[] }[] }>().outputs[0]?.data ?? [];
}

describe('a prediction', () => {
  it('has model, version, threshold and decision', async () => {
    expect(await predict({ records: [RECORD] }, 200, { 'x-request-id': 'order-17' })).toMatchInlineSnapshot(`
      {
        "model_name": "tiny",
        "model_version": "3",
        "predictions": [
          {
            "decision": true,
            "prediction_id": "order-17",
            "score": 0.9241418242454529,
          },
        ],
        "threshold": 0.5,
      }
    `);
  });

  it('scores as tensors with category numbers do', async () => {
    const { predictions } = await predict({
      records: [RECORD, { ...RECORD, channel: 'web' }, { ...RECORD, amount: 1 }],
    });
    expect(predictions.map(({ score }) => score)).toEqual(
      await inferred([
        [120, 3, 1, 60],
        [120, 3, 0, 60],
        [1, 3, 1, 60],
      ]),
    );
  });

  it('does not depend on the order of the features', async () => {
    const reversed = Object.fromEntries(Object.entries(RECORD).reverse());
    expect((await predict({ records: [reversed] })).predictions[0]?.score).toBe(
      (await predict({ records: [RECORD] })).predictions[0]?.score,
    );
  });

  it('treats a missing feature as null', async () => {
    const { amount, hour, channel } = RECORD;
    const { predictions } = await predict({
      records: [
        { amount, hour, channel },
        { amount, hour, channel, average: null },
      ],
    });
    expect(predictions[0]?.score).toBe(predictions[1]?.score);
    expect(predictions[0]?.score).toBe((await inferred([[120, 3, 1, null]]))[0]);
  });

  it('has the request id as its id', async () => {
    const { predictions } = await predict({ records: [RECORD] }, 200, { 'x-request-id': 'r-1' });
    expect(predictions.map(({ prediction_id }) => prediction_id)).toEqual(['r-1']);
  });

  it('in a batch has its number after the request id', async () => {
    const { predictions } = await predict({ records: [RECORD, RECORD] }, 200, { 'x-request-id': 'r-1' });
    expect(predictions.map(({ prediction_id }) => prediction_id)).toEqual(['r-1/0', 'r-1/1']);
  });

  it('needs a model with a score', async () => {
    const scoreless = await startTestServer({
      changes: {
        onnx: 'output-two-columns.onnx',
        metadata: {
          signature: {
            inputs: [{ name: 'features', datatype: 'FP32', shape: [-1, 4] }],
            outputs: [{ name: 'score', datatype: 'FP32', shape: [-1, 2] }],
          },
        },
      },
    });
    await predict({ records: [RECORD] }, 404, {}, scoreless);
  });

  it('is only for the served model', async () => {
    expect((await predict({ records: [RECORD] }, 404, {}, server, 'other')).error).toContain('got "other"');
  });
});

const score = (await predict({ records: [RECORD] })).predictions[0]?.score ?? NaN;
const decision = async (threshold: number) => {
  const on = await startTestServer({ changes: { metadata: { threshold } } });
  const answer = await predict({ records: [RECORD] }, 200, {}, on);
  expect(answer.threshold).toBe(threshold);
  return answer.predictions[0]?.decision;
};

describe('the decision', () => {
  it('is true at the threshold', async () => {
    expect(await decision(score)).toBe(true);
  });

  it('is true above the threshold', async () => {
    expect(await decision(score - 1e-9)).toBe(true);
  });

  it('is false below the threshold', async () => {
    expect(await decision(score + 1e-9)).toBe(false);
  });
});

describe('records are refused', () => {
  it.each(['{}', '[]', 'null', '{"records":{}}', '{"records":null}', '{"records":[]}'])(
    'in the body %s',
    async (body) => {
      expect((await predict(body, 400)).error).toMatch(
        /^"records": got .*, expected an array of at least one record\. Send \{"records"/,
      );
    },
  );

  it('in a body that is not JSON', async () => {
    expect((await predict('{"records":[', 400)).error).toContain('the request body is not JSON');
  });

  it.each([null, 1, 'x', []])('that are %j', async (record) => {
    expect(await refused(record)).toContain('record 0: got');
  });

  it('beyond the limit', async () => {
    expect((await predict({ records: Array<object>(4).fill(RECORD) }, 413)).error).toMatchInlineSnapshot(
      `""records": got 4 records, expected at most 3. Split the batch over several requests."`,
    );
  });

  it('with an unknown feature', async () => {
    expect(await refused({ ...RECORD, amuont: 1 })).toMatchInlineSnapshot(
      `"record 0: got feature "amuont", expected features of the model: amount, hour, channel, average. Send {"records": [{"<feature>": value, …}]}; the model's features are in /openapi.json."`,
    );
  });

  it('without a required feature', async () => {
    expect(await refused({ hour: 3, channel: 'pos' })).toMatchInlineSnapshot(
      `"record 0, feature "amount": got nothing, expected a finite FP32 number, 0 or more. The model was not trained with this value missing: fill it before you ask."`,
    );
  });

  it('with null for a required feature', async () => {
    expect(await refused({ ...RECORD, channel: null })).toMatchInlineSnapshot(
      `"record 0, feature "channel": got null, expected a category ("web", "pos"). The model was not trained with this value missing: fill it before you ask."`,
    );
  });

  it('with a text that is not a category', async () => {
    expect(await refused({ ...RECORD, channel: 'phone' })).toMatchInlineSnapshot(
      `"record 0, feature "channel": got "phone", expected a category ("web", "pos"). Send the text of a category that the model knows."`,
    );
  });

  it('with the number of a category', async () => {
    expect(await refused({ ...RECORD, channel: 1 })).toMatchInlineSnapshot(
      `"record 0, feature "channel": got 1, expected a category ("web", "pos"). Send the text of a category that the model knows."`,
    );
  });

  it.each([
    ['amount', -1],
    ['amount', '120'],
    ['amount', true],
    ['amount', {}],
    ['amount', [120]],
    ['hour', 3.5],
    ['hour', 24],
    ['average', 1e39],
    ['average', 'NaN'],
    ['channel', ['pos']],
  ])('with %s %j', async (name, value) => {
    expect(await refused({ ...RECORD, [name]: value })).toContain(`record 0, feature "${name}": got `);
  });

  it('with the number of the first invalid one', async () => {
    const { error } = await predict({ records: [RECORD, { ...RECORD, hour: 24 }, {}] }, 400);
    expect(error).toContain('record 1, feature "hour": got 24');
  });

  it.each(['__proto__', 'constructor', 'toString'])('with a feature %s', async (name) => {
    const body = `{"records":[{"amount":1,"hour":1,"channel":"web","${name}":1}]}`;
    expect((await predict(body, 400)).error).toContain(`feature "${name}"`);
  });
});

const many = await startTestServer({ changes: MANY_TYPES });
const record = {
  ...{ bool_a: true, bool_b: 0, uint8_a: 255, uint8_b: 0, uint16_a: 65535, uint16_b: 0 },
  ...{ uint32_a: 4294967295, uint32_b: 0, uint64_a: Number.MAX_SAFE_INTEGER, uint64_b: 0 },
  ...{ int8_a: -128, int8_b: 127, int16_a: -32768, int16_b: 0, int32_a: -2147483648, int32_b: 0 },
  ...{ int64_a: Number.MIN_SAFE_INTEGER, fp32_a: 0.25, fp32_b: 0.5, fp64_a: 1e300, fp64_b: 0 },
  ...{ bytes_a: 'größer', bytes_b: '' },
};
const ask = (changes: object, status = 200) =>
  predict({ records: [{ ...record, ...changes }] }, status, {}, many, 'many-types');

describe('a model of every datatype', () => {
  it('takes the limits of each', async () => {
    expect((await ask({})).predictions[0]?.score).toBeCloseTo(1 / (1 + Math.exp(-0.75)), 6);
  });

  it.each([
    ['bool_a', 2],
    ['uint8_a', 256],
    ['uint8_a', -1],
    ['uint8_a', true],
    ['uint16_a', 65536],
    ['uint32_a', 4294967296],
    ['uint64_a', 2 ** 53],
    ['uint64_a', 1.5],
    ['int8_a', 128],
    ['int16_a', -32769],
    ['int32_a', 2147483648],
    ['int64_a', -(2 ** 53)],
    ['int64_a', null],
    ['fp32_a', 3.5e38],
    ['fp64_a', '1'],
    ['bytes_a', 'phone'],
    ['bytes_a', 0],
  ])('does not take %s %j', async (name, value) => {
    expect((await ask({ [name]: value }, 400)).error).toContain(`feature "${name}": got `);
  });
});

describe('a replay of logged rows', () => {
  it('is answered like any request, and no observer is told', async () => {
    const observed: number[] = [];
    const watched = await startTestServer({
      observers: [{ observe: ({ rows }) => void observed.push(rows) }],
    });
    const body = { records: [RECORD] };
    const replayed = await predict(body, 200, { 'x-model-replay': '1' }, watched);
    expect(observed).toEqual([]);
    expect((await predict(body, 200, {}, watched)).predictions[0]?.score).toBe(
      replayed.predictions[0]?.score,
    );
    expect(observed).toEqual([1]);
  });
});
