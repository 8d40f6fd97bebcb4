/**
 * Measures how long a row takes in compiled trees and in ONNX Runtime, side by side in one process.
 *
 * Commands, in the repository's root:
 *
 *     mkdir -p .mlops
 *     PYTHONPATH=. .venv/bin/python studies/hot-path/make_trees.py .mlops/trees.onnx
 *     npx tsx studies/hot-path/main.ts trees .mlops/trees.onnx 30
 */
import { readFileSync } from 'node:fs';

import { InferenceSession, Tensor } from 'onnxruntime-node';

import { compileTrees, scorerOf } from '../../model-server/src/model/trees/compile';
import type { CompiledTrees } from '../../model-server/src/model/trees/compile';
import type { Ensemble } from '../../model-server/src/model/trees/ensemble';
import { compareWith, edgeRows } from '../../model-server/src/model/trees/parity';
import { generatedJavaScript, walkInJavaScript } from './trees-in-javascript';
import type { Sum } from './trees-in-javascript';

const ROWS = 4096;
const BATCHES = [1, 64, 1024];
const ROUNDS = 25;
/** ONNX Runtime answers single rows slowly; a part of them tells as much. */
const LEAST_RUNS = 512;

/** Rows to score, and where scores go. */
interface Batch {
  readonly values: Float32Array;
  readonly columns: number;
  readonly scores: Float32Array;
}

type Score = (firstRow: number, rows: number) => unknown;

export async function main(file?: string, columnsText?: string): Promise<void> {
  if (file === undefined || columnsText === undefined)
    throw new RangeError('usage: npx tsx studies/hot-path/main.ts trees FILE COLUMNS');
  const columns = Number(columnsText);
  const onnx = readFileSync(file);

  const started = performance.now();
  const compiled = compile(onnx, columns);
  const compiledAt = performance.now();
  const session = await InferenceSession.create(onnx, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const run = async (values: Float32Array, rows: number): Promise<Float32Array> => {
    const { score } = await session.run({ features: new Tensor('float32', values, [rows, columns]) });
    return score?.data as Float32Array;
  };
  const compareStarted = performance.now();
  const parity = await compareWith(compiled, run);
  const compared = performance.now();

  const { ensemble } = compiled;
  const values = edgeRows(ensemble, ROWS);
  const batch: Batch = { values, columns, scores: new Float32Array(ROWS) };
  const candidates: Record<string, Score> = {
    'ONNX Runtime': (firstRow, rows) =>
      run(values.subarray(firstRow * columns, (firstRow + rows) * columns), rows),
    'JavaScript, generated': inJavaScript(batch, generatedJavaScript(ensemble)),
    'JavaScript, walk': inJavaScript(batch, walkInJavaScript(ensemble)),
    ...Object.fromEntries(
      [1, 4, 8, 12].map((lanes) => [`WebAssembly, lanes: ${lanes}`, inWebAssembly(batch, ensemble, lanes)]),
    ),
  };

  console.log(
    `${file}: ${ensemble.roots.length} trees, ${ensemble.nodes.mode.length} nodes, ${columns} columns`,
  );
  console.log(
    `read and assembled in ${(compiledAt - started).toFixed(1)} ms, compared in ${(compared - compareStarted).toFixed(1)} ms`,
  );
  console.log('parity', JSON.stringify(parity));
  console.log(`µs a row, median (least) of ${ROUNDS} rounds in turn`);
  const times = await measure(candidates);
  for (const [name, batches] of Object.entries(times))
    console.log(
      name.padEnd(24),
      ...batches.map((rounds, i) => `${BATCHES[i] ?? ''} rows: ${summary(rounds)}`.padEnd(28)),
    );
}

function compile(onnx: Buffer, columns: number): CompiledTrees {
  const result = compileTrees(onnx, {
    inputs: [{ name: 'features', datatype: 'FP32', shape: [-1, columns], features: [] }],
    outputs: [{ name: 'score', datatype: 'FP32', shape: [-1, 1] }],
  });
  if ('reason' in result) throw new Error(`${result.reason}: ${result.detail}`);
  return result;
}

function inWebAssembly({ values, scores }: Batch, ensemble: Ensemble, lanes: number): Score {
  const scorer = scorerOf(ensemble, lanes);
  return (firstRow, rows) => {
    scorer.score(values, rows, scores, firstRow);
  };
}

function inJavaScript({ values, columns, scores }: Batch, sum: Sum): Score {
  return (firstRow, rows) => {
    for (let row = firstRow; row < firstRow + rows; row++)
      scores[row] = 1 / (1 + Math.exp(-sum(values, row * columns)));
  };
}

/** Microseconds a row: candidate → batch size → round. The candidates take turns, so that all meet the same machine. */
async function measure(candidates: Readonly<Record<string, Score>>): Promise<Record<string, number[][]>> {
  const results: Record<string, number[][]> = {};
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, score] of Object.entries(candidates)) {
      const batches = (results[name] ??= BATCHES.map(() => []));
      for (const [index, rows] of BATCHES.entries()) {
        const total = Math.min(ROWS, Math.max(LEAST_RUNS * rows, 1024));
        const start = performance.now();
        for (let row = 0; row < total; row += rows) await score(row, rows);
        batches[index]?.push(((performance.now() - start) * 1000) / total);
      }
    }
  return results;
}

function summary(rounds: readonly number[]): string {
  const sorted = rounds.toSorted((a, b) => a - b);
  return `${(sorted[sorted.length >> 1] ?? NaN).toFixed(2)} (${(sorted[0] ?? NaN).toFixed(2)})`;
}
