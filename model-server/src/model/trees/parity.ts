import type { CompiledTrees, TreeScorer } from './compile';
import { LEAF, MODES } from './nodes';
import type { Ensemble } from './ensemble';
import type { Nodes } from './nodes';
import { nextUp } from './float32';
import type { NotCompiled } from './not-compiled';

/** Scores rows as ONNX Runtime does: one score per row. */
export type Reference = (values: Float32Array, rows: number) => Promise<ArrayLike<number>>;

export interface Parity {
  /** Largest difference between the two scores of a row. */
  readonly largestDifference: number;
  readonly rows: number;
}

/** Absolute difference of scores. */
const TOLERANCE = 1e-6;

const ROWS = 256;

/**
 * Compares compiled trees with ONNX Runtime on rows at their decision boundaries.
 *
 * @returns `parity-failed` if any score differs by more than {@link TOLERANCE}.
 */
export async function compareWith(
  { scorer, ensemble }: CompiledTrees,
  reference: Reference,
): Promise<Parity | NotCompiled> {
  const values = edgeRows(ensemble, ROWS);
  return compareScores(scorer, values, ROWS, await reference(values, ROWS));
}

/**
 * Compares compiled trees with the rows and ONNX Runtime's scores of them that a package carries.
 *
 * @param proof All rows, then all scores, as float32.
 * @returns `parity-failed` as {@link compareWith}, or if these are no rows of the model.
 */
export function compareWithProof({ scorer }: CompiledTrees, proof: Buffer): Parity | NotCompiled {
  const rows = proof.byteLength / Float32Array.BYTES_PER_ELEMENT / (scorer.columns + 1);
  if (!Number.isInteger(rows) || rows === 0)
    return {
      reason: 'parity-failed',
      detail: `a proof of ${proof.byteLength} bytes, no whole rows of ${scorer.columns} values and a score`,
    };
  // Aligned, as a view of a file's bytes need not be.
  const numbers = new Float32Array(Uint8Array.from(proof).buffer);
  const end = rows * scorer.columns;
  return compareScores(scorer, numbers.subarray(0, end), rows, numbers.subarray(end));
}

function compareScores(
  scorer: TreeScorer,
  values: Float32Array,
  rows: number,
  expected: ArrayLike<number>,
): Parity | NotCompiled {
  const scores = new Float32Array(rows);
  scorer.score(values, rows, scores);
  let largestDifference = 0;
  for (const [row, score] of scores.entries()) {
    const difference = Math.abs(score - (expected[row] ?? NaN));
    if (!(difference <= TOLERANCE))
      return {
        reason: 'parity-failed',
        detail: `score ${score} where ONNX Runtime has ${expected[row] ?? 'none'}, in row ${row} of ${rows}`,
      };
    largestDifference = Math.max(largestDifference, difference);
  }
  return { largestDifference, rows };
}

const EXTREMES = [NaN, -Infinity, Infinity, -3.4e38, 3.4e38, -0];
const EXTREME_SHARE = 1 / 16;

/**
 * Rows at the decision boundaries; the same rows for the same trees. Every row is steered to one branch of one tree and
 * is on its threshold, one float32 above or below, or missing; branches are sampled evenly. Its other features are next
 * to thresholds of other branches.
 */
export function edgeRows(ensemble: Ensemble, rows: number): Float32Array {
  const { columns, nodes } = ensemble;
  const random = randomNumbers(rows);
  const branches = [...nodes.mode.keys()].filter((node) => nodes.mode[node] !== LEAF);
  const ofFeature = Array.from({ length: columns }, (): number[] => []);
  for (const node of branches) ofFeature[nodes.feature[node]!]!.push(node);
  const parents = parentsOf(nodes, branches);

  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const own = values.subarray(row * columns, (row + 1) * columns);
    ofFeature.forEach((candidates, feature) => {
      if (random() < EXTREME_SHARE) own[feature] = pick(EXTREMES, random);
      else if (candidates.length > 0)
        own[feature] = edge(nodes.value[pick(candidates, random)]!, Math.floor(random() * EDGES));
    });
    // Odd, so that it meets every edge.
    const number = row * (Math.floor((EDGES * branches.length) / rows) | 1);
    const target = branches[Math.floor(number / EDGES) % branches.length];
    if (target === undefined) continue;
    steer(nodes, parents, target, own);
    own[nodes.feature[target]!] = edge(nodes.value[target]!, number % EDGES);
  }
  return values;
}

const EDGES = 4;

/** @param which 0 to {@link EDGES} - 1. */
function edge(threshold: number, which: number): number {
  if (which === 0) return threshold;
  if (which === 1) return nextUp(threshold);
  return which === 2 ? -nextUp(-threshold) : NaN;
}

function parentsOf({ whenTrue, whenFalse, mode }: Nodes, branches: readonly number[]): Int32Array {
  const parents = new Int32Array(mode.length).fill(-1);
  for (const branch of branches) parents[whenTrue[branch]!] = parents[whenFalse[branch]!] = branch;
  return parents;
}

/**
 * Steers a row to a node: from the root down, puts each tested feature next to the threshold. If a path tests a feature
 * twice, the later threshold lies within the range that the earlier one left.
 */
function steer(nodes: Nodes, parents: Int32Array, target: number, row: Float32Array): void {
  const parent = parents[target]!;
  if (parent < 0) return;
  steer(nodes, parents, parent, row);
  const way = nodes.whenTrue[parent] === target;
  let which = 0;
  while (which < EDGES && holds(nodes, parent, edge(nodes.value[parent]!, which)) !== way) which++;
  row[nodes.feature[parent]!] = edge(nodes.value[parent]!, which);
}

function holds({ mode, value }: Nodes, branch: number, x: number): boolean {
  const threshold = value[branch]!;
  switch (MODES[mode[branch]!]) {
    case 'BRANCH_LEQ':
      return x <= threshold;
    case 'BRANCH_LT':
      return x < threshold;
    case 'BRANCH_GTE':
      return x >= threshold;
    default:
      return x > threshold;
  }
}

function pick(values: readonly number[], random: () => number): number {
  return values[Math.floor(random() * values.length)]!;
}

/** Seeded numbers from 0 to 1: a Weyl sequence, mixed as in MurmurHash 3. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}
