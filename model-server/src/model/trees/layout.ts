import { LEAF, MODES } from './nodes';
import type { Ensemble } from './ensemble';
import type { Nodes } from './nodes';
import { breadthFirst } from './link-trees';
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
 */
export const NODE = { threshold: 0, slot: 4, next: 6, bytes: 8 } as const;

/** Floats in a row of the kernel: the features, their negations, and NaN. */
export function slotsOf(columns: number): number {
  return 2 * columns + 1;
}

const UINT16 = 2 ** 16;

/**
 * Writes the nodes in the kernel's form.
 *
 * @param target Must hold all nodes.
 * @returns The offset of each tree's root in `target`.
 * @throws {NotCompilable} `ensemble-too-large` if a value does not fit a 16-bit field of a node.
 */
export function layOut({ nodes, roots, columns }: Ensemble, target: DataView): number[] {
  if (4 * slotsOf(columns) > UINT16) throw new NotCompilable('ensemble-too-large', `${columns} features`);
  let offset = 0;
  const write = (threshold: number, slot: number, next: number): void => {
    if (next >= UINT16) throw new NotCompilable('ensemble-too-large', 'a tree of more than 65,535 leaves');
    target.setFloat32(offset + NODE.threshold, threshold, true);
    target.setUint16(offset + NODE.slot, 4 * slot, true);
    target.setUint16(offset + NODE.next, next, true);
    offset += NODE.bytes;
  };
  return roots.map((root) => {
    const start = offset;
    let children = 1;
    let index = -1;
    for (const node of breadthFirst(nodes, root)) {
      index++;
      if (nodes.mode[node] === LEAF) {
        write(nodes.value[node]!, 2 * columns, 0);
        continue;
      }
      const { negated, threshold } = comparison(nodes, node);
      write(threshold, nodes.feature[node]! + (negated ? columns : 0), children - index);
      children += 2;
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
    case 'LEAF':
      throw new TypeError('a leaf compares nothing');
  }
}

const FLOAT = new Float32Array(1);
const BITS = new Int32Array(FLOAT.buffer);

/** The next float32, so that x > value is x ≥ nextUp(value); NaN after infinity. */
export function nextUp(value: number): number {
  if (value === Infinity) return NaN;
  // -0 and 0 differ in bits.
  FLOAT[0] = value === 0 ? 0 : value;
  BITS[0]! += value < 0 ? -1 : 1;
  return FLOAT[0];
}
