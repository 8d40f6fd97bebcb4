import { columnsOf } from '../metadata';
import type { ModelMetadata } from '../metadata';
import { readEnsemble } from './ensemble';
import type { Ensemble } from './ensemble';
import { findEnsemble } from './graph-pattern';
import { assemble } from './kernel';
import { WireError } from '../../protobuf/wire-reader';
import { NotCompilable } from './not-compiled';
import type { NotCompiled } from './not-compiled';

/** The tensors that the compiler must know. */
export type Signature = Pick<ModelMetadata, 'inputs' | 'outputs'>;

/** Scores rows without ONNX Runtime, synchronously and without allocating. */
export interface TreeScorer {
  /** Values per row. */
  readonly columns: number;
  /**
   * Scores `rows` rows from `firstRow` on, so that a large batch can be scored in pieces.
   *
   * @param values Row by row, {@link columns} values each; NaN where a value is missing.
   * @param scores One per row, at the row's position.
   */
  score(values: Float32Array, rows: number, scores: Float32Array, firstRow?: number): void;
}

/** A compiled model not yet compared with ONNX Runtime. */
export interface CompiledTrees {
  readonly scorer: TreeScorer;
  readonly ensemble: Ensemble;
}

/**
 * Compiles a graph that is a single tree ensemble.
 *
 * @param onnx An encoded ModelProto.
 * @returns The compiled trees, or why the graph is left to ONNX Runtime. Never throws, whatever the file holds.
 */
export function compileTrees(
  onnx: Buffer,
  { inputs: [input, ...moreInputs], outputs: [score, ...moreOutputs] }: Signature,
): CompiledTrees | NotCompiled {
  try {
    if (input?.datatype !== 'FP32' || moreInputs.length > 0)
      throw new NotCompilable('graph-unsupported', 'inputs other than one of FP32');
    if (score?.datatype !== 'FP32' || columnsOf(score) !== 1 || moreOutputs.length > 0)
      throw new NotCompilable('graph-unsupported', 'outputs other than one FP32 score');
    const ensemble = readEnsemble(findEnsemble(onnx, input.name, score.name), columnsOf(input));
    return { ensemble, scorer: scorerOf(ensemble) };
  } catch (error) {
    if (error instanceof NotCompilable) return { reason: error.reason, detail: error.detail };
    if (error instanceof WireError) return { reason: 'ensemble-malformed', detail: error.message };
    throw error;
  }
}

/**
 * @param lanes See kernel.ts.
 * @throws {NotCompilable} `ensemble-too-large`
 */
export function scorerOf(ensemble: Ensemble, lanes?: number): TreeScorer {
  const { columns, base, logistic } = ensemble;
  const { row, sum } = assemble(ensemble, lanes);
  return {
    columns,
    score(values, rows, scores, firstRow = 0) {
      for (let index = firstRow; index < firstRow + rows; index++) {
        const start = index * columns;
        for (let column = 0; column < columns; column++) {
          const value = values[start + column]!;
          row[column] = value;
          row[columns + column] = -value;
        }
        const margin = Math.fround(sum() + base);
        scores[index] = logistic ? logisticOf(margin) : margin;
      }
    },
  };
}

/** In float32, computed as in ONNX Runtime, so that both agree to the last bit but one. */
function logisticOf(margin: number): number {
  const larger = Math.fround(1 / Math.fround(1 + Math.fround(Math.exp(-Math.abs(margin)))));
  return margin < 0 ? 1 - larger : larger;
}
