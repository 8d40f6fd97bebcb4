import { nextUp } from './float32';
import { LEAF, MODES } from './nodes';
import type { Ensemble } from './ensemble';
import type { Nodes } from './nodes';
import { NotCompilable } from './not-compiled';

/**
 * The kernel's node: 8 bytes. A walk takes the same step from every node:
 *
 *     node += (next + (row[slot] ≥ threshold)) × 8
 *
 * `next` leads to the first of two adjacent children. Missing values are no special case: NaN ≥ threshold is false, so
 * the child for missing values comes first, and the comparison is true for the other. If that takes x < t, the slot
 * holds the negated feature, and the comparison is -x > -t.
 *
 * Nor are leaves, so that trees of any shape can be walked in lockstep: a leaf's slot always holds NaN and its `next`
 * is 0, so a walk stays there. Its threshold is the weight.
 *
 * Where several branches lead to one node, the last of them has it in its place; in the place of the others is a node that
 * also compares with NaN, and whose `next` leads there.
 */
export const NODE = { threshold: 0, slot: 4, next: 6, bytes: 8 } as const;

/** Floats in a row of the kernel: the features, their negations, and NaN. */
export function slotsOf(columns: number): number {
  return 2 * columns + 1;
}

const UINT16 = 2 ** 16;

/** The places of a tree's nodes, in order. */
interface Places {
  /** Nodes; for a place that only leads on, -1 - the node it leads to. */
  readonly nodes: readonly number[];
  /** Where a branch's children begin, or where a place leads to. */
  readonly next: readonly number[];
}

/** The places of all trees, one after the other. @returns Those of each, and their sum. */
export function placesOf({ nodes, roots, parents }: Ensemble): {
  readonly trees: readonly Places[];
  readonly count: number;
} {
  const waiting = parents?.slice();
  const trees = roots.map((root) => placesFrom(nodes, root, waiting));
  return { trees, count: trees.reduce((sum, tree) => sum + tree.nodes.length, 0) };
}

function placesFrom(
  { mode, whenTrue, whenFalse, missingTracksTrue }: Nodes,
  root: number,
  waiting: Uint32Array | undefined,
): Places {
  const places = [root];
  const next: number[] = [];
  const placed = new Map<number, number>();
  const put = (child: number): void => {
    const left = waiting === undefined ? 0 : --waiting[child]!;
    if (left > 0) {
      places.push(-1 - child);
      return;
    }
    if (waiting !== undefined) placed.set(child, places.length);
    places.push(child);
  };
  // Grows as it goes.
  for (const node of places) {
    next.push(places.length);
    if (node < 0 || mode[node] === LEAF) continue;
    const missing = missingTracksTrue[node] === 1;
    put(missing ? whenTrue[node]! : whenFalse[node]!);
    put(missing ? whenFalse[node]! : whenTrue[node]!);
  }
  if (waiting !== undefined)
    places.forEach((node, place) => {
      if (node < 0) next[place] = placed.get(-1 - node)!;
    });
  return { nodes: places, next };
}

/**
 * Writes the nodes in the kernel's form.
 *
 * @param target Must hold all places.
 * @returns The offset of each tree's root in `target`.
 * @throws {NotCompilable} `ensemble-too-large` if a value does not fit a 16-bit field of a node.
 */
export function layOut({ nodes, columns }: Ensemble, trees: readonly Places[], target: DataView): number[] {
  if (4 * slotsOf(columns) > UINT16) throw new NotCompilable('ensemble-too-large', `${columns} features`);
  let offset = 0;
  const write = (threshold: number, slot: number, next: number): void => {
    if (next >= UINT16) throw new NotCompilable('ensemble-too-large', 'a tree of more than 65,535 leaves');
    target.setFloat32(offset + NODE.threshold, threshold, true);
    target.setUint16(offset + NODE.slot, 4 * slot, true);
    target.setUint16(offset + NODE.next, next, true);
    offset += NODE.bytes;
  };
  return trees.map(({ nodes: places, next }) => {
    const start = offset;
    for (let place = 0; place < places.length; place++) {
      const node = places[place]!;
      if (node < 0) write(0, 2 * columns, next[place]! - place);
      else if (nodes.mode[node] === LEAF) write(nodes.value[node]!, 2 * columns, 0);
      else {
        const { negated, threshold } = comparison(nodes, node);
        write(threshold, nodes.feature[node]! + (negated ? columns : 0), next[place]! - place);
      }
    }
    return start;
  });
}

const COMPLEMENT = {
  LEAF: 'LEAF',
  BRANCH_LEQ: 'BRANCH_GT',
  BRANCH_GT: 'BRANCH_LEQ',
  BRANCH_LT: 'BRANCH_GTE',
  BRANCH_GTE: 'BRANCH_LT',
  BRANCH_EQ: 'BRANCH_NEQ',
  BRANCH_NEQ: 'BRANCH_EQ',
} as const;

/** `x ≥ threshold` or `-x ≥ threshold`: true for the child that missing values do not go to. */
function comparison(nodes: Nodes, node: number): { negated: boolean; threshold: number } {
  const mode = MODES[nodes.mode[node]!]!;
  const value = nodes.value[node]!;
  switch (nodes.missingTracksTrue[node] === 1 ? COMPLEMENT[mode] : mode) {
    case 'BRANCH_GTE':
      return { negated: false, threshold: value };
    case 'BRANCH_GT':
      return { negated: false, threshold: nextUp(value) };
    case 'BRANCH_LEQ':
      return { negated: true, threshold: -value };
    case 'BRANCH_LT':
      return { negated: true, threshold: nextUp(-value) };
    default:
      throw new TypeError(`${mode} is no comparison of the kernel`);
  }
}
