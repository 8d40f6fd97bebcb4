import { Registry } from 'prom-client';
import { describe, expect, it } from '@jest/globals';

import { Drift } from '../../../model-server/src/metrics/drift';
import type { Feature } from '../../../model-server/src/model/features';
import type { InputSpec } from '../../../model-server/src/model/metadata';
import type { Reference } from '../../../model-server/src/model/reference';
import type { ScoredBatch } from '../../../model-server/src/protocol/scored-batch';
import type { Datatype, TensorValues } from '../../../model-server/src/tensors/datatype';
import { scrape } from './exposition';

function numberFeature(name: string): Feature {
  return { name, type: 'number', nullable: true, min: -Infinity, max: Infinity, integer: false };
}

function input(name: string, datatype: Datatype, features: readonly Feature[]): InputSpec {
  return { name, datatype, shape: [-1, features.length], features };
}

function histogram(edges: readonly number[], shares: readonly number[], missing = 0) {
  return { edges: Float32Array.from(edges), shares, missing };
}

const AMOUNT = histogram([1, 10], [0.5, 0.25, 0.25]);
const AGE = histogram([Math.fround(0.1)], [0.5, 0.4], 0.1);
const SCORE = histogram([0.5], [0.9, 0.1]);
const REFERENCE: Reference = { rows: 1000, features: [AMOUNT, AGE], score: SCORE };
const INPUTS = [input('features', 'FP32', [numberFeature('amount'), numberFeature('age')])];

function server(reference = REFERENCE, inputs: readonly InputSpec[] = INPUTS) {
  const registry = new Registry();
  registry.setDefaultLabels({ model: 'tiny', version: '3' });
  return { registry, drift: new Drift(registry, reference, inputs) };
}

function batch(rows: number, inputs: readonly TensorValues[], scores?: readonly number[]): ScoredBatch {
  return { id: 'a', at: 0, rows, inputs, scores: scores && Float32Array.from(scores) };
}

/** Values of one metric by feature and bin, as `amount 10`. */
async function byBin(registry: Registry, metric: string): Promise<Record<string, number>> {
  const samples = (await scrape(registry)).filter(({ name }) => name === metric);
  return Object.fromEntries(
    samples.map(({ labels: { feature = '', bin = '' }, value }) => [`${feature} ${bin}`.trim(), value]),
  );
}

/** Bins of the only feature, after the values were served as one input of the datatype. */
async function served(datatype: Datatype, feature: Feature, edges: readonly number[], values: TensorValues) {
  const shares = [1, ...edges.map(() => 0)];
  const reference = { rows: 1, features: [histogram(edges, shares)], score: undefined };
  const { registry, drift } = server(reference, [input('x', datatype, [feature])]);
  drift.observe(batch(values.length, [values]));
  return Object.values(await byBin(registry, 'model_server_feature_bin_total'));
}

describe('drift counters', () => {
  it('count every row of a batch by feature and the bin’s upper edge', async () => {
    const { registry, drift } = server();
    drift.observe(batch(3, [Float32Array.of(1, 0, 11, 0.1, 10, 7)]));
    expect(await byBin(registry, 'model_server_feature_bin_total')).toEqual({
      'amount 1': 1,
      'amount 10': 1,
      'amount +Inf': 1,
      'amount missing': 0,
      'age 0.1': 2,
      'age +Inf': 1,
      'age missing': 0,
    });
  });

  it('count missing values in a separate bin', async () => {
    const { registry, drift } = server();
    drift.observe(batch(2, [Float32Array.of(NaN, NaN, NaN, 1)]));
    const counts = await byBin(registry, 'model_server_feature_bin_total');
    expect([counts['amount missing'], counts['age missing'], counts['age +Inf']]).toEqual([2, 1, 1]);
  });

  it('exist at zero before the first request', async () => {
    const { registry } = server();
    expect(Object.values(await byBin(registry, 'model_server_feature_bin_total'))).toEqual(Array(7).fill(0));
    expect(await byBin(registry, 'model_server_score_bin_total')).toEqual({ '0.5': 0, '+Inf': 0 });
  });

  it('count scores', async () => {
    const { registry, drift } = server();
    drift.observe(batch(3, [new Float32Array(6)], [0.5, 0.500001, 0.1]));
    expect(await byBin(registry, 'model_server_score_bin_total')).toEqual({ '0.5': 2, '+Inf': 1 });
  });

  it('count the rows', async () => {
    const { registry, drift } = server();
    drift.observe(batch(3, [new Float32Array(6)]));
    drift.observe(batch(1, [new Float32Array(2)]));
    expect(await byBin(registry, 'model_server_observed_rows_total')).toEqual({ '': 4 });
  });

  it('come with the reference’s shares, bin by bin', async () => {
    const { registry } = server();
    expect(await byBin(registry, 'model_server_feature_bin_reference_share')).toEqual({
      'amount 1': 0.5,
      'amount 10': 0.25,
      'amount +Inf': 0.25,
      'amount missing': 0,
      'age 0.1': 0.5,
      'age +Inf': 0.4,
      'age missing': 0.1,
    });
    expect(await byBin(registry, 'model_server_score_bin_reference_share')).toEqual({
      '0.5': 0.9,
      '+Inf': 0.1,
    });
    expect(await byBin(registry, 'model_server_reference_rows')).toEqual({ '': 1000 });
  });

  it('are in Prometheus’s format', async () => {
    const { registry, drift } = server();
    drift.observe(batch(1, [Float32Array.of(5, 5)]));
    expect(await registry.getSingleMetricAsString('model_server_feature_bin_total')).toMatchInlineSnapshot(`
      "# HELP model_server_feature_bin_total Served feature values by bin of the reference histogram; a bin is named by its upper edge.
      # TYPE model_server_feature_bin_total counter
      model_server_feature_bin_total{model="tiny",version="3",feature="amount",bin="1"} 0
      model_server_feature_bin_total{model="tiny",version="3",feature="amount",bin="10"} 1
      model_server_feature_bin_total{model="tiny",version="3",feature="amount",bin="+Inf"} 0
      model_server_feature_bin_total{model="tiny",version="3",feature="amount",bin="missing"} 0
      model_server_feature_bin_total{model="tiny",version="3",feature="age",bin="0.1"} 0
      model_server_feature_bin_total{model="tiny",version="3",feature="age",bin="+Inf"} 1
      model_server_feature_bin_total{model="tiny",version="3",feature="age",bin="missing"} 0"
    `);
  });

  it('distinguish neighbouring float32 edges', async () => {
    const edges = [0.1, 0.10000000149011612, 0.10000000894069672, 16777216, 16777218].map(Math.fround);
    const distinct = [...new Set(edges)];
    const reference = {
      rows: 1,
      features: [histogram(distinct, [1, ...distinct.map(() => 0)])],
      score: undefined,
    };
    const { registry } = server(reference, [input('x', 'FP32', [numberFeature('x')])]);
    expect(Object.keys(await byBin(registry, 'model_server_feature_bin_total'))).toEqual([
      'x 0.1',
      'x 0.10000001',
      'x 16777216',
      'x 16777218',
      'x +Inf',
      'x missing',
    ]);
  });

  it('have no score bins for a model without a score', async () => {
    const { registry, drift } = server({ ...REFERENCE, score: undefined });
    drift.observe(batch(1, [new Float32Array(2)]));
    expect(await byBin(registry, 'model_server_score_bin_total')).toEqual({});
  });

  it('take features from several inputs in order', async () => {
    const { registry, drift } = server(REFERENCE, [
      input('one', 'FP32', [numberFeature('amount')]),
      input('two', 'INT64', [numberFeature('age')]),
    ]);
    drift.observe(batch(2, [Float32Array.of(5, 50), BigInt64Array.of(0n, 1n)]));
    const counts = await byBin(registry, 'model_server_feature_bin_total');
    expect([counts['amount 10'], counts['amount +Inf'], counts['age 0.1'], counts['age +Inf']]).toEqual([
      1, 1, 1, 1,
    ]);
  });
});

describe('values of other datatypes', () => {
  const feature = numberFeature('x');
  const channel: Feature = {
    name: 'channel',
    type: 'category',
    nullable: false,
    categories: ['web', 'pos', 'phone'],
  };

  it.each<[string, Datatype, Feature, number[], TensorValues, number[]]>([
    [
      'doubles, as float32',
      'FP64',
      feature,
      [Math.fround(0.7)],
      Float64Array.of(0.7, 0.7001, NaN),
      [1, 1, 1],
    ],
    ['bytes', 'UINT8', feature, [127], Uint8Array.of(127, 128, 255), [1, 2, 0]],
    ['booleans', 'BOOL', feature, [0], Uint8Array.of(0, 1, 1), [1, 2, 0]],
    ['signed numbers', 'INT32', feature, [-1, 0], Int32Array.of(-2147483648, 0, 1), [1, 1, 1, 0]],
    ['integers as float32', 'INT32', feature, [2 ** 24], Int32Array.of(2 ** 24 + 1, 2 ** 24 + 2), [1, 1, 0]],
    [
      'long integers',
      'INT64',
      feature,
      [-1, 0],
      BigInt64Array.of(-(2n ** 63n), 0n, 2n ** 63n - 1n),
      [1, 1, 1, 0],
    ],
    [
      'long unsigned integers',
      'UINT64',
      feature,
      [2 ** 63],
      BigUint64Array.of(2n ** 63n, 2n ** 64n - 1n),
      [1, 1, 0],
    ],
    [
      'texts by position of the category',
      'BYTES',
      channel,
      [0, 1],
      ['phone', 'web', 'pos', 'pos'],
      [1, 2, 1, 0],
    ],
    ['texts that are no category as missing', 'BYTES', channel, [0, 1], ['fax'], [0, 0, 0, 1]],
  ])('count %s', async (_case, datatype, column, edges, values, expected) => {
    expect(await served(datatype, column, edges, values)).toEqual(expected);
  });

  it('count texts by the categories of their own column', async () => {
    const reversed = { ...channel, name: 'reversed', categories: ['phone', 'pos', 'web'] };
    const reference = {
      rows: 1,
      features: [histogram([0], [1, 0]), histogram([0], [1, 0])],
      score: undefined,
    };
    const { registry, drift } = server(reference, [input('x', 'BYTES', [channel, reversed])]);
    drift.observe(batch(2, [['web', 'web', 'web', 'phone']]));
    expect(await byBin(registry, 'model_server_feature_bin_total')).toMatchObject({
      'channel 0': 2,
      'reversed 0': 1,
      'reversed +Inf': 1,
    });
  });

  it('are right in a short batch after a long one', async () => {
    const { registry, drift } = server({ rows: 1, features: [AMOUNT], score: undefined }, [
      input('x', 'INT32', [feature]),
    ]);
    drift.observe(batch(4, [Int32Array.of(50, 50, 50, 50)]));
    drift.observe(batch(1, [Int32Array.of(0)]));
    expect(await byBin(registry, 'model_server_feature_bin_total')).toMatchObject({ 'x 1': 1, 'x +Inf': 4 });
  });
});
