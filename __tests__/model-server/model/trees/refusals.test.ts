import { describe, expect, it } from '@jest/globals';

import { compileTrees } from '../../../../model-server/src/model/trees/compile';
import type { NotCompiled } from '../../../../model-server/src/model/trees/not-compiled';
import {
  classifier,
  fixture,
  regressor,
  signature,
  treeAttributes,
} from '../../../../model-server/testing/trees/ensembles';
import type { Attributes, Branch, Tree } from '../../../../model-server/testing/trees/ensembles';
import { encodeModel } from '../../../../model-server/testing/trees/onnx';
import type { Graph, Node } from '../../../../model-server/testing/trees/onnx';

const STUMP: Branch = { feature: 0, threshold: 1, yes: -1, no: 1 };

function refusal(graph: Graph | Buffer, columns = 1): NotCompiled | undefined {
  const result = compileTrees(Buffer.isBuffer(graph) ? graph : encodeModel(graph), signature(columns));
  return 'reason' in result ? result : undefined;
}

/** A graph with its first node, or the one after it, changed. */
function withNode(graph: Graph, changes: Partial<Node>, index = 0): Graph {
  return { ...graph, nodes: graph.nodes.map((node, i) => (i === index ? { ...node, ...changes } : node)) };
}

function withInts(name: string, change: (values: number[]) => readonly number[]): Graph {
  const attribute = treeAttributes([STUMP, STUMP], 'target')[name] as { ints: number[] };
  return regressor([STUMP, STUMP], 1, { [name]: { ints: change([...attribute.ints]) } });
}

it('accepts the graphs that the cases below are derived from', () => {
  expect(refusal(regressor([STUMP], 1))).toBeUndefined();
  expect(refusal(classifier([STUMP], 1))).toBeUndefined();
  expect(refusal(withInts('nodes_treeids', (ids) => ids))).toBeUndefined();
});

describe('graph-unsupported', () => {
  const good = classifier([STUMP], 1);
  it.each([
    ['another operator', withNode(good, { operator: 'LinearClassifier' })],
    ['the trees of another domain', withNode(good, { domain: 'com.example' })],
    ['another operator after the trees', withNode(good, { operator: 'Gather' }, 1)],
    ['a classifier without Slice', { ...good, nodes: good.nodes.slice(0, 1) }],
    ['no nodes', { ...good, nodes: [] }],
    [
      'a third node',
      { ...good, nodes: [...good.nodes, { operator: 'Neg', inputs: ['score'], outputs: ['x'] }] },
    ],
    ['the column of the negative class', { ...good, constants: { start: [0], end: [1], axis: [1] } }],
    ['a Slice of two columns', { ...good, constants: { start: [1], end: [3], axis: [1] } }],
    ['a Slice of rows', { ...good, constants: { start: [1], end: [2], axis: [0] } }],
    [
      'a Slice whose constants have two values',
      { ...good, constants: { start: [1, 1], end: [2], axis: [1] } },
    ],
    ['a Slice without constants', { ...good, constants: {} }],
    ['a Slice with steps', withNode(good, { inputs: ['probabilities', 'start', 'end', 'axis', 'axis'] }, 1)],
    ['a Slice of the labels', withNode(good, { inputs: ['label', 'start', 'end', 'axis'] }, 1)],
    ['attributes of Slice', withNode(good, { attributes: { axes: { ints: [1] } } }, 1)],
    ['trees over something else than the input', withNode(good, { inputs: ['other'] })],
    ['a second input', { ...good, inputs: [...good.inputs, ['other', 1]] }],
    ['a second output', { ...good, outputs: [...good.outputs, ['label', 1]] }],
    ['custom functions', { ...good, functions: true }],
  ] satisfies [string, Graph][])('is said of %s', (_case, graph) => {
    expect(refusal(graph)?.reason).toBe('graph-unsupported');
  });

  it('says what was found', () => {
    const graph = withNode(classifier([STUMP], 1), { operator: 'LinearClassifier' });
    expect(refusal(graph)?.detail).toMatchInlineSnapshot(
      `"the operators "ai.onnx.ml:LinearClassifier :Slice""`,
    );
  });
});

describe('ensemble-unsupported', () => {
  const branch = (changes: Partial<Branch>): Tree => ({ ...STUMP, ...changes });
  it.each([
    ['a mode that no operator has', regressor([branch({ mode: 'BRANCH_NEAR' })], 1)],
    ['a threshold NaN', regressor([branch({ threshold: NaN })], 1)],
    ['an infinite weight', regressor([branch({ yes: Infinity })], 1)],
    ['a weight NaN', regressor([branch({ yes: NaN })], 1)],
    ['weights whose sum may overflow', regressor([branch({ yes: 3e38 }), branch({ yes: 3e38 })], 1)],
    ['an unknown attribute', regressor([STUMP], 1, { nodes_bias: { floats: [1] } })],
    ['doubles', regressor([STUMP], 1, { nodes_values_as_tensor: { floats: [1] } })],
    ['another aggregate', regressor([STUMP], 1, { aggregate_function: { text: 'AVERAGE' } })],
    ['two targets', regressor([STUMP], 1, { n_targets: { int: 2 } })],
    [
      'a transform that ONNX Runtime does not apply',
      regressor([STUMP], 1, { post_transform: { text: 'LOGISTIC' } }),
    ],
    ['another transform', classifier([STUMP], 1, { post_transform: { text: 'SOFTMAX' } })],
    ['three classes', classifier([STUMP], 1, { classlabels_int64s: { ints: [0, 1, 2] } })],
    ['text labels', classifier([STUMP], 1, { classlabels_strings: { strings: ['a', 'b'] } })],
    ['weights of the second class', classifier([STUMP], 1, { class_ids: { ints: [1, 1] } })],
    ['weights that ONNX Runtime takes for probabilities', classifier([branch({ yes: 0 })], 1)],
    ['two base values', classifier([STUMP], 1, { base_values: { floats: [0, 1] } })],
    ['a base value that is not finite', classifier([STUMP], 1, { base_values: { floats: [NaN] } })],
    ['a negative id', withInts('nodes_truenodeids', ([, ...more]) => [-1, ...more])],
    ['an id that fits no int', withInts('nodes_truenodeids', ([, ...more]) => [2 ** 40, ...more])],
  ] satisfies [string, Graph][])('is said of %s', (_case, graph) => {
    expect(refusal(graph)?.reason).toBe('ensemble-unsupported');
  });
});

describe('ensemble-malformed', () => {
  const set =
    (index: number, value: number) =>
    (values: number[]): number[] =>
      values.with(index, value);
  it.each([
    ['a cycle', withInts('nodes_truenodeids', set(0, 0))],
    ['two parents of one node', withInts('nodes_truenodeids', set(0, 2))],
    ['a child that does not exist', withInts('nodes_falsenodeids', set(0, 3))],
    ['a node id twice', withInts('nodes_nodeids', set(2, 1))],
    ['a gap among node ids', withInts('nodes_nodeids', set(2, 7))],
    ['a feature that the input does not have', withInts('nodes_featureids', set(0, 1))],
    ['lists of different length', withInts('nodes_featureids', (values) => values.slice(1))],
    ['missing_value_tracks_true for some nodes', withInts('nodes_missing_value_tracks_true', () => [1])],
    ['a tree in two places', withInts('nodes_treeids', () => [0, 1, 1, 1, 0, 0])],
    ['a leaf without a weight', withInts('target_nodeids', set(0, 2))],
    ['a weight of a branch', withInts('target_nodeids', set(0, 0))],
    ['a weight of no tree', withInts('target_treeids', set(0, 9))],
    ['fewer weights than leaves', regressor([STUMP], 1, firstLeafOnly())],
    ['an attribute of another type', regressor([STUMP], 1, { nodes_values: { ints: [1, 0, 0] } })],
    ['no nodes at all', regressor([], 1, emptyLists())],
  ] satisfies [string, Graph][])('is said of %s', (_case, graph) => {
    expect(refusal(graph)?.reason).toBe('ensemble-malformed');
  });

  it('is the reason for a cycle next to the tree, where every node has one parent', () => {
    const graph = regressor([], 1, {
      ...treeAttributes([{ ...STUMP, no: { ...STUMP } }], 'target'),
      // 0 is a leaf; 1 leads to 3 and 2, 2 leads back to 1 and to 4.
      nodes_modes: { strings: ['LEAF', 'BRANCH_LEQ', 'BRANCH_LEQ', 'LEAF', 'LEAF'] },
      nodes_truenodeids: { ints: [0, 3, 1, 0, 0] },
      nodes_falsenodeids: { ints: [0, 2, 4, 0, 0] },
      target_nodeids: { ints: [0, 3, 4] },
    });
    expect(refusal(graph)).toMatchInlineSnapshot(`
      {
        "detail": "4 nodes of tree 0 that its root does not reach",
        "reason": "ensemble-malformed",
      }
    `);
  });
});

describe('ensemble-too-large', () => {
  it('is the reason for more features than a node can address', () => {
    expect(refusal(regressor([STUMP], 9000), 9000)?.reason).toBe('ensemble-too-large');
  });

  it('is the reason for more than a million nodes', () => {
    const graph = regressor([], 1, { nodes_treeids: { packedInts: new Array<number>(1_000_001).fill(0) } });
    expect(refusal(graph)?.reason).toBe('ensemble-too-large');
  });
});

describe('a damaged file', () => {
  const onnx = fixture('classifier.onnx');

  it('is refused wherever it is cut off', () => {
    for (let length = 0; length < onnx.byteLength; length += 97) {
      const { reason } = refusal(onnx.subarray(0, length), 6) ?? {};
      expect(['graph-unsupported', 'ensemble-unsupported', 'ensemble-malformed']).toContain(reason);
    }
  });

  it('is either compiled or refused, whichever bit is flipped', () => {
    const outcomes = new Set<string>();
    for (let offset = 0; offset < onnx.byteLength; offset += 41) {
      const flipped = Buffer.from(onnx);
      flipped.writeUInt8(flipped.readUInt8(offset) ^ (1 << (offset % 8)), offset);
      outcomes.add(refusal(flipped, 6)?.reason ?? 'compiled');
    }
    expect([...outcomes].sort()).toEqual([
      'compiled',
      'ensemble-malformed',
      'ensemble-unsupported',
      'graph-unsupported',
    ]);
  });
});

function firstLeafOnly(): Attributes {
  return {
    target_treeids: { ints: [0] },
    target_nodeids: { ints: [1] },
    target_ids: { ints: [0] },
    target_weights: { floats: [1] },
  };
}

function emptyLists(): Attributes {
  return { nodes_treeids: { ints: [] }, nodes_modes: { strings: [] } };
}
