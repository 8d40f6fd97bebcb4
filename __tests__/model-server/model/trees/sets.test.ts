import { describe, expect, it } from '@jest/globals';

import { checkEnsemble } from '../../../../model-server/src/model/ensemble-check';
import { compileTrees } from '../../../../model-server/src/model/trees/compile';
import { edgeRows } from '../../../../model-server/src/model/trees/parity';
import {
  compiled,
  fixture,
  reference,
  regressor,
  signature,
  treeAttributes,
} from '../../../../model-server/testing/trees/ensembles';
import type { Attributes, Tree } from '../../../../model-server/testing/trees/ensembles';
import { encodeModel } from '../../../../model-server/testing/trees/onnx';

/** Scores by the compiled trees and by ONNX Runtime. */
async function both(
  onnx: Buffer,
  columns: number,
  values: Float32Array,
): Promise<{ compiled: Float32Array; expected: Float32Array }> {
  const rows = values.length / columns;
  const scores = new Float32Array(rows);
  compiled(onnx, columns).scorer.score(values, rows, scores);
  const expected = Float32Array.from(await (await reference(onnx, columns))(values, rows));
  return { compiled: scores, expected };
}

describe('categories of LightGBM, exported by the pipeline', () => {
  const onnx = fixture('categories.onnx');

  it('score as in ONNX Runtime, for every category, none, and what is between them', async () => {
    const categories = [NaN, -1, -0, 0.5, 29.5, 30, 1e9, ...Array.from({ length: 30 }, (_, code) => code)];
    const others = [NaN, -3, -1, -0.5, 0, 0.1, 0.5, 1, 2];
    const rows = categories.flatMap((category) => others.flatMap((other) => [category, other]));
    const scores = await both(onnx, 2, Float32Array.from(rows));
    expect(scores.compiled).toEqual(scores.expected);
    expect(new Set(scores.expected).size).toBeGreaterThan(30);
  });

  it('score as in ONNX Runtime at every edge', async () => {
    const scores = await both(onnx, 2, edgeRows(compiled(onnx, 2).ensemble, 5000));
    expect(scores.compiled).toEqual(scores.expected);
  });
});

/** A chain of tests for equality whose true branches meet, as the converter writes a set. */
function chain(values: readonly number[], missing: 0 | 1 = 0): Attributes {
  const tests = values.length;
  const [member, other] = [tests, tests + 1];
  const ids = [...values.keys(), member, other];
  const ofTests = (of: (index: number) => number) => [...values.map((_, index) => of(index)), 0, 0];
  return {
    nodes_treeids: { ints: ids.map(() => 0) },
    nodes_nodeids: { ints: ids },
    nodes_featureids: { ints: ids.map(() => 0) },
    nodes_modes: { strings: [...values.map(() => 'BRANCH_EQ'), 'LEAF', 'LEAF'] },
    nodes_values: { floats: [...values, 0, 0] },
    nodes_truenodeids: { ints: ofTests(() => member) },
    nodes_falsenodeids: { ints: ofTests((index) => (index === tests - 1 ? other : index + 1)) },
    nodes_missing_value_tracks_true: { ints: ofTests(() => missing) },
    target_treeids: { ints: [0, 0] },
    target_nodeids: { ints: [member, other] },
    target_ids: { ints: [0, 0] },
    target_weights: { floats: [1, -1] },
  };
}

function withChain(attributes: Attributes): Buffer {
  return encodeModel(regressor([0], 1, attributes));
}

const X = [NaN, -Infinity, -2, -0, 0, 1e-45, 1, 1.5, 2, 3, 4, 31, 32, 33, 64, 100, 3e38, Infinity];

describe('a set', () => {
  it.each([0, 1] as const)('is the same in every order, and missing values track %i', async (missing) => {
    const sets = [[1], [0, 1, 2], [2, 1, 0], [3, -2, 100], [32, 33], [1.5, 4, 1e-45], [1, 1, 3]];
    for (const values of sets) {
      const scores = await both(withChain(chain(values, missing)), 1, Float32Array.from(X));
      expect(scores.compiled).toEqual(scores.expected);
    }
  });

  it('of infinity ends there', async () => {
    const scores = await both(withChain(chain([2, Infinity])), 1, Float32Array.from(X));
    expect(scores.compiled).toEqual(scores.expected);
  });

  it('beside other trees keeps the order of the sum', async () => {
    const trees: Tree[] = Array.from({ length: 9 }, (_, tree) => ({
      mode: tree % 2 === 0 ? 'BRANCH_EQ' : 'BRANCH_NEQ',
      feature: 0,
      threshold: tree,
      yes: { mode: 'BRANCH_EQ', feature: 1, threshold: 1, yes: tree + 0.1, no: -tree },
      no: { feature: 1, threshold: 0.5, yes: 0.3, no: 1e-3 },
    }));
    const rows = X.flatMap((x) => X.flatMap((y) => [x, y]));
    const scores = await both(encodeModel(regressor(trees, 2)), 2, Float32Array.from(rows));
    expect(scores.compiled).toEqual(scores.expected);
  });
});

/** What the compiler and the check say of attributes. */
function refusals(attributes: Attributes): [compiler: string | undefined, check: string | undefined] {
  const result = compileTrees(withChain(attributes), signature(1));
  let complaint: string | undefined;
  try {
    checkEnsemble('TreeEnsembleRegressor', encodedAttributes(withChain(attributes)));
  } catch (error) {
    complaint = (error as { reason?: string }).reason;
  }
  return ['reason' in result ? result.reason : undefined, complaint];
}

/** The attributes of the only node, cut out of the model. */
function encodedAttributes(onnx: Buffer): Buffer[] {
  return fields(fields(fields(onnx, 7)[0] ?? Buffer.alloc(0), 1)[0] ?? Buffer.alloc(0), 5);
}

function fields(message: Buffer, wanted: number): Buffer[] {
  const found: Buffer[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.byteLength) {
    const tag = varint();
    const value = varint();
    if (tag % 8 !== 2) continue;
    if (Math.floor(tag / 8) === wanted) found.push(message.subarray(at, at + value));
    at += value;
  }
  return found;
}

describe('branches that meet', () => {
  const good = chain([1, 2, 3]);
  const changed = (name: string, at: number, value: number | string): Attributes => {
    const [[type, list] = ['', []]] = Object.entries(good[name] ?? {}) as [string, (number | string)[]][];
    return { ...good, [name]: { [type]: list.map((each, i) => (i === at ? value : each)) } as never };
  };

  it('in a set of one feature are trees', () => {
    expect(refusals(good)).toEqual([undefined, undefined]);
    expect(refusals(treeAttributes([{ feature: 0, threshold: 1, yes: 1, no: 2 }], 'target'))).toEqual([
      undefined,
      undefined,
    ]);
  });

  it.each([
    ['of another comparison', changed('nodes_modes', 1, 'BRANCH_LEQ')],
    ['where it is unequal', changed('nodes_modes', 1, 'BRANCH_NEQ')],
    ['of another feature', changed('nodes_featureids', 1, 1)],
    ['false with true', changed('nodes_falsenodeids', 2, 3)],
    ['in a circle', changed('nodes_truenodeids', 2, 1)],
    ['at the root', changed('nodes_truenodeids', 1, 0)],
  ])('%s are damage', (_what, attributes) => {
    expect(refusals(attributes)).toEqual(['ensemble-malformed', 'ensemble-malformed']);
  });
});
