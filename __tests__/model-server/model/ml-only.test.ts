import { describe, expect, it } from '@jest/globals';

import { checkGraph } from '../../../model-server/src/model/graph';
import { checkTreeEnsemble } from '../../../model-server/src/model/tree-ensemble-check';
import { encodeModel, TYPE } from '../../../model-server/testing/onnx-writer';
import type { OnnxNode } from '../../../model-server/testing/onnx-writer';

function model(
  opsets: readonly { domain: string; version: number }[],
  more: readonly OnnxNode[] = [],
): Buffer {
  const trees: OnnxNode = {
    operator: 'TreeEnsembleRegressor',
    domain: 'ai.onnx.ml',
    inputs: ['features'],
    outputs: ['score'],
    attributes: {
      nodes_treeids: { ints: [0] },
      nodes_nodeids: { ints: [0] },
      nodes_modes: { strings: ['LEAF'] },
      target_treeids: { ints: [0] },
      target_nodeids: { ints: [0] },
      target_weights: { floats: [1] },
    },
  };
  return encodeModel({
    ir: 8,
    opsets,
    graph: {
      nodes: [trees, ...more],
      inputs: [{ name: 'features', type: TYPE.float, shape: ['N', 1] }],
      outputs: [{ name: 'score', type: TYPE.float, shape: ['N', 1] }],
      initializers: [],
    },
  });
}

const ML = { domain: 'ai.onnx.ml', version: 3 };
const NEG: OnnxNode = { operator: 'Neg', inputs: ['score'], outputs: ['negative'] };

describe('a graph of trees alone', () => {
  it('needs no standard operators and may leave their version out', () => {
    expect(() => {
      checkGraph(model([ML]), 15);
    }).not.toThrow();
  });

  it.each([
    ['a standard operator whose version is not stated', model([ML], [NEG])],
    ['another version than model.json', model([ML, { domain: '', version: 14 }])],
    ['no operator set at all', model([])],
  ])('is refused with %s', (_what, onnx) => {
    expect(() => {
      checkGraph(onnx, 15);
    }).toThrow('another operator set than model.json states');
  });
});

/** x0 ≤ 0.5 ? (x1 in {1, 2} ? leaf 0 : leaf 1) : leaf 2, and a tree of leaf 3 alone. */
const GOOD: Readonly<Record<string, readonly number[]>> = {
  n_targets: [1],
  tree_roots: [0, 2],
  nodes_featureids: [0, 1, 0],
  nodes_modes: [0, 6, 0],
  nodes_splits: [0.5, NaN, 0],
  nodes_truenodeids: [1, 0, 3],
  nodes_trueleafs: [0, 1, 1],
  nodes_falsenodeids: [2, 1, 3],
  nodes_falseleafs: [1, 1, 1],
  membership_values: [1, 2, NaN],
  leaf_targetids: [0, 0, 0, 0],
  leaf_weights: [1, 2, 3, 4],
};

function check(changes: Readonly<Record<string, readonly number[]>> = {}): void {
  const lists = Object.entries({ ...GOOD, ...changes }).filter(([, list]) => list.length > 0);
  checkTreeEnsemble(new Map(lists.map(([name, list]) => [name, Float64Array.from(list)])));
}

describe('TreeEnsemble of ai.onnx.ml 5', () => {
  it('is accepted as trees', () => {
    expect(check).not.toThrow();
  });

  it.each([
    ...Object.keys(GOOD)
      .filter((name) => name !== 'n_targets')
      .map((name) => [`no ${name}`, { [name]: [] }] as const),
    ...Object.entries(GOOD)
      .filter(([name]) => name.startsWith('nodes_') || name.startsWith('leaf_'))
      .map(([name, list]) => [`${name} one short`, { [name]: list.slice(0, -1) }] as const),
    ['a weight that is not finite', { leaf_weights: [1, 2, NaN, 4] }],
    ['an infinite weight', { leaf_weights: [1, 2, 3, Infinity] }],
    ['a threshold NaN', { nodes_splits: [NaN, NaN, 0] }],
    ['an unknown mode', { nodes_modes: [7, 6, 0] }],
    ['a negative feature', { nodes_featureids: [-1, 1, 0] }],
    ['a target that there is not', { leaf_targetids: [0, 1, 0, 0] }],
    ['a leaf that there is not', { nodes_falsenodeids: [9, 1, 3] }],
    ['a branch that there is not', { nodes_truenodeids: [9, 0, 3] }],
    ['two ways to a leaf', { nodes_falsenodeids: [2, 2, 3] }],
    ['two ways to a branch', { tree_roots: [0, 1] }],
    ['a way in circles', { nodes_truenodeids: [0, 0, 3] }],
    ['a branch without a way', { tree_roots: [0] }],
    ['a set too few', { membership_values: [1, 2] }],
    ['a set too many', { membership_values: [1, NaN, 2, NaN] }],
    ['an empty set', { membership_values: [NaN] }],
  ])('is refused with %s', (_what, changes) => {
    expect(() => {
      check(changes);
    }).toThrow('model.onnx holds a damaged tree ensemble');
  });
});
