import { requireFinite } from '../session';
import type { Runner } from '../session';
import { compileTrees } from './compile';
import type { Signature, TreeScorer } from './compile';
import type { NotCompiled } from './not-compiled';
import { compareWith } from './parity';
import type { Parity, Reference } from './parity';

/** Compiled trees that were compared with ONNX Runtime. */
export interface ProvenTrees {
  readonly scorer: TreeScorer;
  readonly parity: Parity;
}

/**
 * Compiles a graph that is one tree ensemble, and compares it with ONNX Runtime.
 *
 * @param onnx An encoded ModelProto.
 * @param reference The same graph in ONNX Runtime.
 * @returns Why the graph is left to ONNX Runtime, where it is not such an ensemble or the scores differ.
 */
export async function loadTrees(
  onnx: Buffer,
  signature: Signature,
  reference: Reference,
): Promise<ProvenTrees | NotCompiled> {
  const compiled = compileTrees(onnx, signature);
  if ('reason' in compiled) return compiled;
  const parity = await compareWith(compiled, reference);
  return 'reason' in parity ? parity : { scorer: compiled.scorer, parity };
}

/** Runs compiled trees in place of a session, with their score as the only output. */
export function runnerOf(scorer: TreeScorer): Runner {
  return {
    async run([values], rows, outputs) {
      if (!(values instanceof Float32Array)) throw new TypeError('compiled trees take FP32');
      const scores = new Float32Array(rows);
      scorer.score(values, rows, scores);
      for (const spec of outputs) requireFinite(scores, spec);
      return Promise.resolve(outputs.map((spec) => ({ spec, values: scores })));
    },
  };
}
