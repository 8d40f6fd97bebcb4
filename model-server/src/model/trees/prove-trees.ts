import type { ModelPackage } from '../package';
import { requireFinite } from '../runner';
import type { Runner } from '../runner';
import type { CompiledTrees, TreeScorer } from './compile';
import { declaresRows } from './graph-pattern';
import type { NotCompiled } from './not-compiled';
import { compareWith, compareWithProof } from './parity';
import type { Parity, Reference } from './parity';

/** Compiled trees, verified against ONNX Runtime. */
export interface ProvenTrees {
  readonly scorer: TreeScorer;
  readonly parity: Parity;
}

/**
 * Compares compiled trees with ONNX Runtime.
 *
 * @param compiled The compiler's result; a reason is passed on.
 * @param reference The same graph in ONNX Runtime.
 * @returns The verified trees, or why the graph is left to ONNX Runtime.
 */
export async function proveTrees(
  compiled: CompiledTrees | NotCompiled,
  reference: Reference,
): Promise<ProvenTrees | NotCompiled> {
  if ('reason' in compiled) return compiled;
  const parity = await compareWith(compiled, reference);
  return 'reason' in parity ? parity : { scorer: compiled.scorer, parity };
}

/**
 * Compares compiled trees with what the package has of ONNX Runtime's scores.
 *
 * @returns The verified trees; why the graph is left to ONNX Runtime; or `compiled` as it is, to be compared with ONNX
 *   Runtime itself, where the package has no proof or does not declare what the proof stands for.
 */
export function proveByPackage(
  compiled: CompiledTrees | NotCompiled,
  { metadata, onnx, proof }: Pick<ModelPackage, 'metadata' | 'onnx' | 'proof'>,
): ProvenTrees | CompiledTrees | NotCompiled {
  if ('reason' in compiled || proof === undefined) return compiled;
  const isTable = [...metadata.inputs, ...metadata.outputs].every(({ shape }) => shape.length === 2);
  if (!isTable || !declaresRows(onnx, compiled.scorer.columns)) return compiled;
  const parity = compareWithProof(compiled, proof);
  return 'reason' in parity ? parity : { scorer: compiled.scorer, parity };
}

/** Runs compiled trees in place of a session; the score is the only output. */
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
