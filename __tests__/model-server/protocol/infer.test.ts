import { describe, expect, it } from '@jest/globals';

import { inferRequest, startTestServer } from '../../../model-server/testing/app';
import type { TestServer } from '../../../model-server/testing/app';
import { expectThat } from '../../support/expect-that';

interface Answer {
  readonly id: string;
  readonly model_name: string;
  readonly model_version: string;
  readonly outputs: readonly { name: string; datatype: string; shape: number[]; data: number[] }[];
}

const server = await startTestServer();

async function answer(
  body: unknown,
  headers?: Record<string, string>,
  on: TestServer = server,
): Promise<Answer> {
  const response = await on.infer(body, headers);
  expectThat(response.statusCode, response.body).toBe(200);
  return response.json<Answer>();
}

async function scores(data: unknown, rows: number): Promise<number[] | undefined> {
  return (await answer(inferRequest(data, rows))).outputs[0]?.data;
}

const sigmoid = (margin: number): number => Math.fround(1 / (1 + Math.exp(-margin)));

// Row by row through the trees drawn in model-server/testing/make_models.py.
const ROWS: readonly (readonly [row: (number | null)[], margin: number])[] = [
  [[0, 0, 0, 0], -2 - 0.5],
  [[100, 0, 0, 50], -2 - 0.5],
  [[100.01, 0, 0, 50.01], 1 + 0.5],
  [[500, 23, 1, 1000], 2 + 0.5],
  [[500, 12, 1, null], 2 - 0.5],
  [[3.4e38, 12, 0, -3.4e38], 1 - 0.5],
];

describe('scores', () => {
  it.each(ROWS)('of %j equal those of the trees', async (row, margin) => {
    const [score] = (await scores(row, 1)) ?? [];
    expect(score).toBeCloseTo(sigmoid(margin), 6);
  });

  it('of a batch come in the order of its rows', async () => {
    const batch = await scores(
      ROWS.flatMap(([row]) => row),
      ROWS.length,
    );
    const single = await Promise.all(ROWS.map(async ([row]) => (await scores(row, 1))?.[0]));
    expect(batch).toEqual(single);
  });

  it('are the same for nested and for flat data', async () => {
    const nested = ROWS.map(([row]) => row);
    expect(await scores(nested, ROWS.length)).toEqual(await scores(nested.flat(), ROWS.length));
  });

  it('are the same for FP64 as for FP32', async () => {
    const request = {
      inputs: [{ name: 'features', shape: [1, 4], datatype: 'FP64', data: [100.01, 0, 0, 50.01] }],
    };
    expect((await answer(request)).outputs[0]?.data).toEqual(await scores([100.01, 0, 0, 50.01], 1));
  });

  it('of concurrent requests do not mix', async () => {
    const rows = Array.from({ length: 10 }, () => ROWS).flat();
    const got = await Promise.all(rows.map(async ([row]) => (await scores(row, 1))?.[0]));
    const alone: (number | undefined)[] = [];
    for (const [row] of ROWS) alone.push((await scores(row, 1))?.[0]);
    expect(got).toEqual(Array.from({ length: 10 }, () => alone).flat());
  });
});

describe('an answer', () => {
  it('has model, version, id and the tensor', async () => {
    expect(await answer({ id: 'order-17', ...inferRequest() })).toMatchInlineSnapshot(`
      {
        "id": "order-17",
        "model_name": "tiny",
        "model_version": "3",
        "outputs": [
          {
            "data": [
              0.8175744414329529,
            ],
            "datatype": "FP32",
            "name": "score",
            "shape": [
              1,
              1,
            ],
          },
        ],
      }
    `);
  });

  it('takes its id from x-request-id when the body has none', async () => {
    expect((await answer(inferRequest(), { 'x-request-id': 'trace-9' })).id).toBe('trace-9');
  });

  it('has one row of output per row of input', async () => {
    const { outputs } = await answer(inferRequest([...Array<number>(12).fill(1)], 3));
    expect(outputs[0]?.shape).toEqual([3, 1]);
  });

  it('does not depend on parameters', async () => {
    const request = inferRequest();
    expect((await answer({ ...request, parameters: { priority: 1 } })).outputs).toEqual(
      (await answer(request)).outputs,
    );
  });

  it('also comes at the address with a version', async () => {
    const response = await server.infer(inferRequest(), {}, '/v2/models/tiny/versions/3/infer');
    expect(response.json<Answer>().model_version).toBe('3');
  });

  it('comes for the content type of curl -d', async () => {
    const { outputs } = await answer(inferRequest(), { 'content-type': 'application/x-www-form-urlencoded' });
    expect(outputs).toHaveLength(1);
  });
});

const both = await startTestServer({
  changes: {
    onnx: 'two-outputs.onnx',
    metadata: {
      signature: {
        inputs: [{ name: 'features', datatype: 'FP32', shape: [-1, 4] }],
        outputs: [
          { name: 'score', datatype: 'FP32', shape: [-1, 1] },
          { name: 'margin', datatype: 'FP32', shape: [-1, 1] },
        ],
      },
    },
  },
});
const names = async (outputs?: unknown) =>
  (await answer({ ...inferRequest(), outputs }, {}, both)).outputs.map(({ name }) => name);

describe('output selection', () => {
  it('returns all outputs when none is named', async () => {
    expect(await names()).toEqual(['score', 'margin']);
  });

  it('returns all outputs for an empty list', async () => {
    expect(await names([])).toEqual(['score', 'margin']);
  });

  it('returns only the requested output', async () => {
    expect(await names([{ name: 'margin' }])).toEqual(['margin']);
  });

  it('returns outputs in the requested order', async () => {
    expect(await names([{ name: 'margin' }, { name: 'score' }])).toEqual(['margin', 'score']);
  });

  it('gives each output its own values', async () => {
    const { outputs } = await answer({ ...inferRequest(), outputs: [{ name: 'margin' }] }, {}, both);
    expect(outputs[0]?.data).toEqual([1.5]);
  });
});
