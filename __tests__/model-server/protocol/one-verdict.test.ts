import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { Feature } from '../../../model-server/src/model/features';
import { ColumnChecks } from '../../../model-server/src/tensors/column-checks';
import { startTestServer } from '../../../model-server/testing/app';
import { postBinary } from '../../../model-server/testing/binary';
import { startGrpcServer } from '../grpc/grpc-server';

const FEATURES = [
  { name: 'share', type: 'number', min: -0.1, max: 0.1 },
  { name: 'day', type: 'number', integer: true },
  { name: 'large', type: 'number', min: 1e-3, max: 1e10 },
  { name: 'average', type: 'number', nullable: true },
];
const CHANGES = { metadata: { features: FEATURES } };
const ALLOWED = [0, 0, 1, 0];

const server = await startTestServer({ changes: CHANGES });
const grpc = await startGrpcServer({ changes: CHANGES });
const { client } = grpc;

afterAll(() => {
  grpc.stop();
});

/** What each encoding says of a value in a column. */
async function verdicts(column: number, value: number): Promise<Record<string, boolean>> {
  const row = ALLOWED.map((each, index) => (index === column ? value : each));
  const input = { name: 'features', shape: [1, 4], datatype: 'FP32' };
  const binary = async (datatype: string, values: Float32Array | Float64Array): Promise<boolean> => {
    const bytes = Buffer.from(values.buffer);
    const tensor = { ...input, datatype, parameters: { binary_data_size: bytes.byteLength } };
    return (await postBinary(server, '/v2/models/tiny/infer', { inputs: [tensor] }, [bytes])).status === 200;
  };
  const inGrpc = async (contents: object, raw?: Buffer): Promise<boolean> =>
    client
      .call('ModelInfer', {
        model_name: 'tiny',
        inputs: [{ ...input, ...contents }],
        ...(raw && { raw_input_contents: [raw] }),
      })
      .then(
        () => true,
        () => false,
      );
  const record = Object.fromEntries(FEATURES.map(({ name }, index) => [name, row[index]]));
  const predicted = await server.infer({ records: [record] }, {}, '/v1/models/tiny/predict');
  const json = (data: unknown, datatype = 'FP32') =>
    server.infer({ inputs: [{ ...input, datatype, data }] }).then(({ statusCode }) => statusCode === 200);
  return {
    json: await json(row),
    nested: await json([row]),
    jsonAsFp64: await json(row, 'FP64'),
    record: predicted.statusCode === 200,
    fp32: await binary('FP32', Float32Array.from(row)),
    fp64: await binary('FP64', Float64Array.from(row)),
    grpcRaw: await inGrpc({}, Buffer.from(Float32Array.from(row).buffer)),
    grpcTyped: await inGrpc({ contents: { fp32_contents: row } }),
    grpcFp64: await inGrpc({ datatype: 'FP64', contents: { fp64_contents: row } }),
  };
}

describe('every encoding has the same verdict', () => {
  it.each([
    [0, 0.1, true],
    [0, -0.1, true],
    [0, Math.fround(0.1), true],
    [0, -Math.fround(0.1), true],
    [0, 0.10001, false],
    [0, -0.10001, false],
    [2, 1e-3, true],
    [2, Math.fround(1e-3), true],
    [2, 1e10, true],
    [2, 1.0001e10, false],
    [2, 0.999e-3, false],
    [1, 20_180_131, false],
    [1, 20_180_132, false],
    [1, 2 ** 24, true],
    [1, -(2 ** 24), true],
    [1, 2 ** 24 + 2, false],
    [1, -(2 ** 24) - 2, false],
    [1, 1e30, false],
    [1, 0.5, false],
    [3, 1e30, true],
  ])('column %i, value %d: %s', async (column, value, taken) => {
    const found = await verdicts(column, value);
    expect(found).toEqual(Object.fromEntries(Object.keys(found).map((encoding) => [encoding, taken])));
  });

  it('where JSON has a whole number that FP32 cannot hold', async () => {
    const { json, fp64, record } = await verdicts(1, 2 ** 24 + 1);
    expect({ json, fp64, record }).toEqual({ json: false, fp64: false, record: false });
  });

  it('says the limit of whole numbers', async () => {
    const answer = await server.infer({
      inputs: [{ name: 'features', shape: [1, 4], datatype: 'FP32', data: [0, 20_180_131, 1, 0] }],
    });
    expect(answer.json<{ error: string }>().error).toContain(
      'got 20180131, expected a whole number from -16777216 to 16777216',
    );
  });
});

function feature(changes: Partial<Extract<Feature, { type: 'number' }>>): Feature {
  return {
    name: 'x',
    type: 'number',
    nullable: false,
    integer: false,
    min: -Infinity,
    max: Infinity,
    ...changes,
  };
}

describe('a bound', () => {
  it('admits itself, as a double and as the float32 that it becomes, and the float32 beyond in neither form', () => {
    const bounds = fc.double({ noNaN: true, min: -3e38, max: 3e38 });
    fc.assert(
      fc.property(bounds, (bound) => {
        const above = new ColumnChecks([feature({ max: bound })], 'FP32');
        const below = new ColumnChecks([feature({ min: bound })], 'FP32');
        expect([above.allows(bound, 0), above.allows(Math.fround(bound), 0)]).toEqual([true, true]);
        expect([below.allows(bound, 0), below.allows(Math.fround(bound), 0)]).toEqual([true, true]);
        const far = Math.fround(bound + Math.abs(bound) * 1e-6 + 1e-44);
        const low = Math.fround(bound - Math.abs(bound) * 1e-6 - 1e-44);
        expect([above.allows(far, 0), below.allows(low, 0)]).toEqual([false, false]);
      }),
    );
  });

  it.each(['INT64', 'UINT64'] as const)('of %s is exact beyond 2^53', (datatype) => {
    const checks = new ColumnChecks([feature({ max: 2 ** 60, min: 2 ** 54 })], datatype);
    const make = (...values: bigint[]) =>
      datatype === 'INT64' ? BigInt64Array.from(values) : BigUint64Array.from(values);
    expect(checks.firstRefusedBig(make(2n ** 60n, 2n ** 54n))).toBe(-1);
    expect(checks.firstRefusedBig(make(2n ** 60n, 2n ** 60n + 1n))).toBe(1);
    expect(checks.firstRefusedBig(make(2n ** 54n - 1n))).toBe(0);
  });

  it('of a whole number in FP64 is what JSON holds exactly', () => {
    const checks = new ColumnChecks([feature({ integer: true })], 'FP64');
    expect(checks.allows(Number.MAX_SAFE_INTEGER, 0)).toBe(true);
    expect(checks.allows(2 ** 53, 0)).toBe(false);
  });
});
