import { describe, expect, it } from '@jest/globals';

import { compileTrees, scorerOf } from '../../../../model-server/src/model/trees/compile';
import { LEAF } from '../../../../model-server/src/model/trees/nodes';
import type { Ensemble } from '../../../../model-server/src/model/trees/ensemble';
import type { Nodes } from '../../../../model-server/src/model/trees/nodes';
import { nextUp } from '../../../../model-server/src/model/trees/float32';
import { proveTrees, runnerOf } from '../../../../model-server/src/model/trees/prove-trees';
import { compareWith, compareWithProof, edgeRows } from '../../../../model-server/src/model/trees/parity';
import {
  classifier,
  compiled,
  fixture,
  reference,
  signature,
} from '../../../../model-server/testing/trees/ensembles';
import { encodeModel } from '../../../../model-server/testing/trees/onnx';
import { proofOf } from '../../../../model-server/testing/trees/proof';

const ONNX = fixture('classifier.onnx');
const COLUMNS = 6;

describe('the comparison with ONNX Runtime', () => {
  it('passes the compiled trees and reports the largest difference', async () => {
    const parity = await compareWith(compiled(ONNX, COLUMNS), await reference(ONNX, COLUMNS));
    expect(parity).toEqual({ rows: 256, largestDifference: expect.closeTo(0, 6) });
  });

  // Few enough for the rows to meet every edge of every branch.
  const whole = compiled(ONNX, COLUMNS).ensemble;
  const ensemble = firstTrees(whole, 4);
  const branches = positions(ensemble, (mode) => mode !== LEAF);
  const leaves = positions(ensemble, (mode) => mode === LEAF);

  /** Compares a kernel for changed trees with the trees as they were. */
  async function parityWith(change: (nodes: Nodes) => void): Promise<unknown> {
    const nodes = structuredClone(ensemble.nodes);
    change(nodes);
    const original = scorerOf(ensemble);
    return compareWith({ scorer: scorerOf({ ...ensemble, nodes }), ensemble }, (values, rows) => {
      const scores = new Float32Array(rows);
      original.score(values, rows, scores);
      return Promise.resolve(scores);
    });
  }

  it('passes unchanged trees', async () => {
    expect(branches.length).toBe(56);
    expect(await parityWith(() => undefined)).toEqual({ rows: 256, largestDifference: 0 });
  });

  it('fails when any single threshold is the next float32 above', async () => {
    for (const branch of branches)
      expect(
        await parityWith((nodes) => {
          nodes.value[branch] = nextUp(nodes.value[branch] ?? NaN);
        }),
      ).toMatchObject({ reason: 'parity-failed' });
  });

  it('fails when any single leaf weighs a little more', async () => {
    for (const leaf of leaves)
      expect(
        await parityWith((nodes) => {
          nodes.value[leaf] = (nodes.value[leaf] ?? NaN) + 1e-3;
        }),
      ).toMatchObject({ reason: 'parity-failed' });
  });

  it('fails when missing values go the other way at the first test of any feature', async () => {
    const first = firstQuestions(ensemble);
    expect(first.length).toBeGreaterThan(20);
    for (const branch of first)
      expect(
        await parityWith((nodes) => {
          nodes.missingTracksTrue[branch] = nodes.missingTracksTrue[branch] === 1 ? 0 : 1;
        }),
      ).toMatchObject({ reason: 'parity-failed' });
  });

  it('fails when ONNX Runtime returns nothing or NaN', async () => {
    const model = compiled(ONNX, COLUMNS);
    expect(await compareWith(model, () => Promise.resolve([]))).toMatchObject({ reason: 'parity-failed' });
    expect(
      await compareWith(model, (_values, rows) => Promise.resolve(new Array(rows).fill(NaN))),
    ).toMatchObject({
      reason: 'parity-failed',
    });
  });

  it('says where', async () => {
    const model = compiled(encodeModel(classifier([{ feature: 0, threshold: 0, yes: -1, no: -1 }], 1)), 1);
    const halves = (_values: Float32Array, rows: number): Promise<number[]> =>
      Promise.resolve(new Array<number>(rows).fill(0.5));
    expect(await compareWith(model, halves)).toMatchInlineSnapshot(`
      {
        "detail": "score 0.26894140243530273 where ONNX Runtime has 0.5, in row 0 of 256",
        "reason": "parity-failed",
      }
    `);
  });
});

describe('the comparison with the scores in a package', () => {
  const { scorer, ensemble } = compiled(ONNX, COLUMNS);

  it('passes the compiled trees on every row', async () => {
    const parity = compareWithProof({ scorer, ensemble }, await proofOf(ONNX, COLUMNS, 300));
    expect(parity).toEqual({ rows: 300, largestDifference: expect.closeTo(0, 6) });
  });

  it('reads bytes that are not aligned', async () => {
    const proof = await proofOf(ONNX, COLUMNS, 10);
    const moved = Buffer.concat([Buffer.alloc(1), proof]).subarray(1);
    expect(compareWithProof({ scorer, ensemble }, moved)).toMatchObject({ rows: 10 });
  });

  it.each([0, 7, 299])('fails on another score of row %i', async (row) => {
    const proof = await proofOf(ONNX, COLUMNS, 300);
    const at = (300 * COLUMNS + row) * 4;
    proof.writeFloatLE(proof.readFloatLE(at) + 1e-4, at);
    const parity = compareWithProof({ scorer, ensemble }, proof);
    expect(parity).toMatchObject({
      reason: 'parity-failed',
      detail: expect.stringContaining(`in row ${row} of 300`),
    });
  });

  it.each([0, 4, 29])('fails on %i bytes, which are no rows', (bytes) => {
    expect(compareWithProof({ scorer, ensemble }, Buffer.alloc(bytes))).toEqual({
      reason: 'parity-failed',
      detail: `a proof of ${bytes} bytes, no whole rows of 6 values and a score`,
    });
  });
});

describe('the rows compared', () => {
  it('are the same every time', () => {
    const { ensemble } = compiled(ONNX, COLUMNS);
    expect(edgeRows(ensemble, 64)).toEqual(edgeRows(ensemble, 64));
  });

  it('hold missing and infinite values', () => {
    const rows = edgeRows(compiled(ONNX, COLUMNS).ensemble, 512);
    for (const value of [NaN, Infinity, -Infinity])
      expect(rows.some((one) => Object.is(one, value))).toBe(true);
  });
});

describe('loading', () => {
  it('yields a verified scorer', async () => {
    const proven = await proveTrees(compileTrees(ONNX, signature(COLUMNS)), await reference(ONNX, COLUMNS));
    expect(proven).toMatchObject({ parity: { rows: 256 } });
  });

  it('says why there is none: the graph', async () => {
    const onnx = encodeModel({ ...classifier([-1], 1), functions: true });
    expect(await proveTrees(compileTrees(onnx, signature(1)), () => Promise.resolve([]))).toEqual({
      reason: 'graph-unsupported',
      detail: 'custom functions',
    });
  });

  it('says why there is none: the scores', async () => {
    const other = await reference(
      encodeModel(classifier([{ feature: 5, threshold: 0, yes: -1, no: 1 }], 6)),
      6,
    );
    expect(await proveTrees(compileTrees(ONNX, signature(COLUMNS)), other)).toMatchObject({
      reason: 'parity-failed',
    });
  });

  it('can run in place of a session', async () => {
    const { scorer, ensemble } = compiled(ONNX, COLUMNS);
    const values = edgeRows(ensemble, 10);
    const scores = new Float32Array(10);
    scorer.score(values, 10, scores);
    const { outputs } = signature(COLUMNS);
    expect(await runnerOf(scorer).run([values], 10, outputs)).toEqual([{ spec: outputs[0], values: scores }]);
  });
});

function firstTrees({ nodes, roots, ...rest }: Ensemble, count: number): Ensemble {
  const end = roots[count];
  return {
    ...rest,
    roots: roots.slice(0, count),
    nodes: {
      mode: nodes.mode.slice(0, end),
      feature: nodes.feature.slice(0, end),
      value: nodes.value.slice(0, end),
      whenTrue: nodes.whenTrue.slice(0, end),
      whenFalse: nodes.whenFalse.slice(0, end),
      missingTracksTrue: nodes.missingTracksTrue.slice(0, end),
    },
  };
}

function positions({ nodes }: Ensemble, wanted: (mode: number) => boolean): number[] {
  return [...nodes.mode].flatMap((mode, node) => (wanted(mode) ? [node] : []));
}

/** Branches above which no other asks for the same feature, so that a missing value does reach them. */
function firstQuestions({ nodes, roots }: Ensemble): number[] {
  const found: number[] = [];
  const visit = (node: number, asked: readonly (number | undefined)[]): void => {
    if (nodes.mode[node] === LEAF) return;
    const feature = nodes.feature[node];
    if (!asked.includes(feature)) found.push(node);
    for (const children of [nodes.whenTrue, nodes.whenFalse])
      visit(children[node] ?? NaN, [...asked, feature]);
  };
  for (const root of roots) visit(root, []);
  return found;
}
