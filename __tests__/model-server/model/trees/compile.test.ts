import { describe, expect, it } from '@jest/globals';

import { compileTrees, scorerOf } from '../../../../model-server/src/model/trees/compile';
import { edgeRows } from '../../../../model-server/src/model/trees/parity';
import {
  classifier,
  compiled,
  fixture,
  reference,
  regressor,
  signature,
} from '../../../../model-server/testing/trees/ensembles';
import type { Branch, Tree } from '../../../../model-server/testing/trees/ensembles';
import { encodeModel } from '../../../../model-server/testing/trees/onnx';

/** Scores by the compiled trees and by ONNX Runtime. */
async function both(
  onnx: Buffer,
  columns: number,
  values: Float32Array,
): Promise<[Float32Array, Float32Array]> {
  const rows = values.length / columns;
  const scores = new Float32Array(rows);
  compiled(onnx, columns).scorer.score(values, rows, scores);
  const expected = await (await reference(onnx, columns))(values, rows);
  return [scores, Float32Array.from(expected)];
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, index) => Math.max(largest, Math.abs(value - (b[index] ?? NaN))), 0);
}

describe('compiled trees score as ONNX Runtime does', () => {
  it('for a classifier with missing values, on rows at its decision boundaries', async () => {
    const onnx = fixture('classifier.onnx');
    const values = edgeRows(compiled(onnx, 6).ensemble, 5000);
    const [scores, expected] = await both(onnx, 6, values);
    expect(new Set(expected).size).toBeGreaterThan(1000);
    expect(largestDifference(scores, expected)).toBeLessThanOrEqual(1e-6);
  });

  it('to the last bit, for sums in the millions', async () => {
    const onnx = fixture('regressor.onnx');
    const [scores, expected] = await both(onnx, 6, edgeRows(compiled(onnx, 6).ensemble, 5000));
    expect(Math.min(...expected)).toBeGreaterThan(5e5);
    expect(scores).toEqual(expected);
  });

  const values = [-Infinity, -3.4e38, -1, -1e-45, -0, 0, 1e-45, 0.1, 1, 3.4e38, Infinity, NaN];
  const thresholds = values.filter((value) => !Number.isNaN(value));

  it.each(
    ['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GTE', 'BRANCH_GT', 'BRANCH_EQ', 'BRANCH_NEQ'].flatMap((mode) =>
      ([0, 1] as const).map((missing) => ({ mode, missing })),
    ),
  )(
    'for $mode with missing values tracking $missing, for every kind of value and threshold',
    async (branch) => {
      // One tree per threshold, each with a different power of two: the sum encodes every decision.
      const trees = thresholds.map((threshold, tree): Tree => {
        return { ...branch, feature: 0, threshold, yes: 2 ** tree, no: 0 };
      });
      const [scores, expected] = await both(encodeModel(regressor(trees, 1)), 1, Float32Array.from(values));
      expect(new Set(expected).size).toBeGreaterThan(5);
      expect(scores).toEqual(expected);
    },
  );

  it('when comparisons are mixed within a tree', async () => {
    const leaf = (no: Tree, mode: string, missing: 0 | 1): Branch => ({
      mode,
      missing,
      feature: 1,
      threshold: 0.5,
      yes: 8,
      no,
    });
    const tree: Tree = {
      feature: 0,
      threshold: 0,
      missing: 1,
      yes: leaf(leaf(1, 'BRANCH_GT', 1), 'BRANCH_LT', 0),
      no: leaf(leaf(2, 'BRANCH_LEQ', 0), 'BRANCH_GTE', 1),
    };
    const rows = [-1, 0, 1, NaN].flatMap((x) => [0, 0.5, 1, NaN].flatMap((y) => [x, y]));
    const [scores, expected] = await both(encodeModel(regressor([tree], 2)), 2, Float32Array.from(rows));
    expect(scores).toEqual(expected);
  });

  it.each([1, 7, 8, 9, 17])('for %d trees, whether they fill the lanes or not', async (count) => {
    const trees = Array.from({ length: count }, (_, tree): Tree => {
      return {
        feature: tree % 3,
        threshold: tree / 10,
        yes: tree + 0.1,
        no: { feature: 0, threshold: 2, yes: -1, no: tree },
      };
    });
    const onnx = encodeModel(regressor(trees, 3));
    const [scores, expected] = await both(onnx, 3, edgeRows(compiled(onnx, 3).ensemble, 200));
    expect(scores).toEqual(expected);
  });

  it('for a tree that is a single leaf', async () => {
    const onnx = encodeModel(regressor([2.5, { feature: 0, threshold: 1, yes: 1, no: 2 }], 1));
    const [scores, expected] = await both(onnx, 1, Float32Array.of(0, 5));
    expect(scores).toEqual(expected);
  });

  it('for a tree as deep as a list', async () => {
    let chain: Tree = -1;
    for (let depth = 700; depth > 0; depth--) chain = { feature: 0, threshold: depth, yes: chain, no: depth };
    const onnx = encodeModel(regressor([chain, 0.5], 1));
    const values = Float32Array.from({ length: 710 }, (_, index) => index - 5);
    const [scores, expected] = await both(onnx, 1, values);
    expect(scores).toEqual(expected);
  });

  it('with a base value, which is added last', async () => {
    const trees: Tree[] = [{ feature: 0, threshold: 0, yes: -1e-3, no: 3e-8 }, 1e-8];
    const onnx = encodeModel(classifier(trees, 1, { base_values: { floats: [0.75] } }));
    const [scores, expected] = await both(onnx, 1, Float32Array.of(-1, 1));
    expect(largestDifference(scores, expected)).toBeLessThanOrEqual(1e-7);
  });

  it('for margins far beyond what exp can tell from 0', async () => {
    const trees: Tree[] = [-2000, -20, -1, 0, 1, 20, 2000].map((weight, i) => {
      return { feature: 0, threshold: i, yes: weight, no: 0 };
    });
    const onnx = encodeModel(classifier(trees, 1));
    const [scores, expected] = await both(
      onnx,
      1,
      Float32Array.from({ length: 9 }, (_, i) => i - 0.5),
    );
    expect(largestDifference(scores, expected)).toBeLessThanOrEqual(1e-7);
  });

  it('when a Sigmoid follows the trees', async () => {
    const graph = regressor([{ feature: 0, threshold: 0, yes: -1.5, no: 2.5 }], 1);
    const nodes = [
      ...graph.nodes.map((trees) => ({ ...trees, outputs: ['margin'] })),
      { operator: 'Sigmoid', inputs: ['margin'], outputs: ['score'] },
    ];
    const [scores, expected] = await both(encodeModel({ ...graph, nodes }), 1, Float32Array.of(-1, 1));
    expect(largestDifference(scores, expected)).toBeLessThanOrEqual(1e-6);
  });

  it('when repeated numbers are packed, and node ids are in any order', async () => {
    const onnx = encodeModel(
      regressor([], 1, {
        nodes_treeids: { packedInts: [4, 4, 4] },
        nodes_nodeids: { packedInts: [2, 0, 1] },
        nodes_modes: { strings: ['BRANCH_LEQ', 'LEAF', 'LEAF'] },
        nodes_featureids: { packedInts: [0, 0, 0] },
        nodes_values: { packedFloats: [0.5, 0, 0] },
        nodes_truenodeids: { packedInts: [1, 0, 0] },
        nodes_falsenodeids: { packedInts: [0, 0, 0] },
        target_treeids: { packedInts: [4, 4] },
        target_nodeids: { packedInts: [0, 1] },
        target_ids: { packedInts: [0, 0] },
        target_weights: { packedFloats: [300, -200] },
      }),
    );
    const [scores, expected] = await both(onnx, 1, Float32Array.of(0, 1, NaN));
    expect([...scores]).toEqual([-200, 300, 300]);
    expect(scores).toEqual(expected);
  });
});

describe('a scorer', () => {
  it('scores a slice of a batch and writes nothing outside it', () => {
    const { scorer, ensemble } = compiled(fixture('classifier.onnx'), 6);
    const values = edgeRows(ensemble, 100);
    const whole = new Float32Array(100);
    scorer.score(values, 100, whole);
    const slice = new Float32Array(100).fill(-1);
    scorer.score(values, 20, slice, 30);
    const expected = whole.map((score, row) => (row >= 30 && row < 50 ? score : -1));
    expect(slice).toEqual(expected);
  });

  it('keeps nothing of the previous row', () => {
    const { scorer, ensemble } = compiled(fixture('classifier.onnx'), 6);
    const values = edgeRows(ensemble, 50);
    const forward = new Float32Array(50);
    scorer.score(values, 50, forward);
    const backward = new Float32Array(50);
    for (let row = 49; row >= 0; row--) scorer.score(values, 1, backward, row);
    expect(backward).toEqual(forward);
  });

  it('does not modify the values', () => {
    const { scorer, ensemble } = compiled(fixture('classifier.onnx'), 6);
    const values = edgeRows(ensemble, 20);
    const before = values.slice();
    scorer.score(values, 20, new Float32Array(20));
    expect(values).toEqual(before);
  });

  it('is independent of other scorers', () => {
    const { scorer, ensemble } = compiled(fixture('classifier.onnx'), 6);
    const values = edgeRows(ensemble, 20);
    const alone = new Float32Array(20);
    scorer.score(values, 20, alone);
    const other = scorerOf({ ...ensemble, base: 1 });
    other.score(values, 20, new Float32Array(20));
    const again = new Float32Array(20);
    scorer.score(values, 20, again);
    expect(again).toEqual(alone);
  });
});

describe('the signature', () => {
  const onnx = fixture('classifier.onnx');
  const { inputs, outputs } = signature(6);

  it.each([
    ['two inputs', { inputs: [...inputs, ...inputs], outputs }],
    [
      'an input of another datatype',
      { inputs: inputs.map((spec) => ({ ...spec, datatype: 'FP64' as const })), outputs },
    ],
    ['two outputs', { inputs, outputs: [...outputs, ...outputs] }],
    [
      'an output of two columns',
      { inputs, outputs: outputs.map((spec) => ({ ...spec, shape: [-1, 2] as const })) },
    ],
    ['another input name', { inputs: inputs.map((spec) => ({ ...spec, name: 'x' })), outputs }],
    ['another output name', { inputs, outputs: outputs.map((spec) => ({ ...spec, name: 'y' })) }],
  ])('with %s is left to ONNX Runtime', (_case, changed) => {
    expect(compileTrees(onnx, changed)).toMatchObject({ reason: 'graph-unsupported' });
  });
});
