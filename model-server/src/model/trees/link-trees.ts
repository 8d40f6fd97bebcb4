import { EQUAL, LEAF } from './nodes';
import type { Nodes } from './nodes';
import { NotCompilable } from './not-compiled';

/** Nodes as the operator lists them; children are still node ids within the tree. */
export interface ListedNodes {
  readonly treeIds: Int32Array;
  readonly nodeIds: Int32Array;
  readonly nodes: Nodes;
}

/** The weights of the leaves: parallel lists, one entry per leaf. */
export interface Weights {
  readonly treeIds: Int32Array;
  readonly nodeIds: Int32Array;
  readonly values: Float32Array;
}

/** The nodes of a tree are contiguous. */
interface Span {
  readonly first: number;
  readonly size: number;
}

/**
 * Links the nodes into trees: writes the positions of children and the weights of leaves into `nodes`. As in ONNX
 * Runtime, the nodes of a tree are contiguous and the first is its root.
 *
 * @returns The positions of the roots.
 * @throws {NotCompilable} `ensemble-malformed` unless the result is binary trees.
 */
export function linkTrees(listed: ListedNodes, weights: Weights): number[] {
  const { nodes } = listed;
  const trees = findTrees(listed.treeIds);
  const positions = new Positions(listed, trees);
  for (const [treeId, tree] of trees) {
    const parents = linkChildren(nodes, positions, treeId, tree);
    const reached = reachedFrom(nodes, tree, parents);
    if (reached !== tree.size)
      throw malformed(`${tree.size - reached} nodes of tree ${treeId} that its root does not reach`);
  }
  setWeights(nodes, positions, weights);
  return [...trees.values()].map(({ first }) => first);
}

function findTrees(treeIds: Int32Array): Map<number, Span> {
  const trees = new Map<number, Span>();
  for (let first = 0, end = 0; first < treeIds.length; first = end) {
    const treeId = treeIds[first]!;
    while (treeIds[end] === treeId) end++;
    if (trees.has(treeId)) throw malformed(`tree ${treeId} in two places`);
    trees.set(treeId, { first, size: end - first });
  }
  return trees;
}

/** Where the nodes of each tree are. Their ids count up from 0, in any order. */
class Positions {
  private readonly table: Int32Array;

  constructor(
    { nodeIds }: ListedNodes,
    private readonly trees: ReadonlyMap<number, Span>,
  ) {
    this.table = new Int32Array(nodeIds.length).fill(-1);
    for (const [treeId, { first, size }] of trees)
      for (let position = first; position < first + size; position++) {
        const id = nodeIds[position]!;
        if (id >= size || this.table[first + id] !== -1)
          throw malformed(`node ${treeId}:${id} is listed twice or leaves a gap`);
        this.table[first + id] = position;
      }
  }

  of(treeId: number, nodeId: number, tree = this.trees.get(treeId)): number {
    if (tree === undefined || nodeId >= tree.size) throw malformed(`no node ${treeId}:${nodeId}`);
    return this.table[tree.first + nodeId]!;
  }
}

/**
 * The root has no parent, and others have one. Only a set of categories makes an exception: a chain of tests for equality
 * of one feature, whose true branches meet.
 *
 * @returns The number of parents of each node of the tree.
 */
function linkChildren(nodes: Nodes, positions: Positions, treeId: number, tree: Span): Uint32Array {
  const { first, size } = tree;
  const parents = new Uint32Array(size);
  /** The feature of the set that leads to a node, plus 1. */
  const sets = new Int32Array(size);
  const link = (children: Int32Array, node: number): void => {
    const child = positions.of(treeId, children[node]!, tree);
    const set = children === nodes.whenTrue && nodes.mode[node] === EQUAL ? nodes.feature[node]! + 1 : 0;
    const at = child - first;
    if (at === 0 || (parents[at]! > 0 && (set === 0 || sets[at] !== set)))
      throw malformed(`two ways to node ${treeId}:${children[node] ?? ''}`);
    parents[at]!++;
    sets[at] = set;
    children[node] = child;
  };
  for (let node = first; node < first + size; node++) {
    if (nodes.mode[node] === LEAF) continue;
    link(nodes.whenTrue, node);
    link(nodes.whenFalse, node);
  }
  return parents;
}

/** Counts nodes below the root, each after all of its parents: those on a way in circles are never reached. */
function reachedFrom({ mode, whenTrue, whenFalse }: Nodes, { first }: Span, parents: Uint32Array): number {
  const order = [first];
  const reach = (child: number): void => {
    const left = --parents[child - first]!;
    if (left === 0) order.push(child);
  };
  // Grows as it goes.
  for (const node of order) {
    if (mode[node] === LEAF) continue;
    reach(whenTrue[node]!);
    reach(whenFalse[node]!);
  }
  return order.length;
}

function setWeights(
  { mode, value }: Nodes,
  positions: Positions,
  { treeIds, nodeIds, values }: Weights,
): void {
  const weighted = new Uint8Array(mode.length);
  for (let i = 0; i < values.length; i++) {
    const treeId = treeIds[i]!;
    const nodeId = nodeIds[i]!;
    const leaf = positions.of(treeId, nodeId);
    if (mode[leaf] !== LEAF || weighted[leaf] === 1)
      throw malformed(`a second weight, or one of no leaf, at node ${treeId}:${nodeId}`);
    weighted[leaf] = 1;
    value[leaf] = values[i]!;
  }
  const bare = mode.findIndex((one, node) => one === LEAF && weighted[node] === 0);
  if (bare >= 0) throw malformed(`no weight for the leaf at position ${bare}`);
}

function malformed(detail: string): NotCompilable {
  return new NotCompilable('ensemble-malformed', detail);
}
