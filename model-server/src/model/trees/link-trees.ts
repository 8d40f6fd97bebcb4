import { LEAF } from './nodes';
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
    linkChildren(nodes, positions, treeId, tree);
    const reached = breadthFirst(nodes, tree.first).length;
    if (reached !== tree.size)
      throw malformed(`${tree.size - reached} nodes of tree ${treeId} that its root does not reach`);
  }
  setWeights(nodes, positions, weights);
  return [...trees.values()].map(({ first }) => first);
}

/** Positions of a tree's nodes, level by level; of two siblings, the one for missing values comes first. */
export function breadthFirst(
  { mode, whenTrue, whenFalse, missingTracksTrue }: Nodes,
  root: number,
): number[] {
  const order = [root];
  for (const node of order) {
    if (mode[node] === LEAF) continue;
    if (missingTracksTrue[node] === 1) order.push(whenTrue[node]!, whenFalse[node]!);
    else order.push(whenFalse[node]!, whenTrue[node]!);
  }
  return order;
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

  of(treeId: number, nodeId: number): number {
    const tree = this.trees.get(treeId);
    if (tree === undefined || nodeId >= tree.size) throw malformed(`no node ${treeId}:${nodeId}`);
    return this.table[tree.first + nodeId]!;
  }
}

/** No node may have two parents, and the root has none: so a walk never meets a node twice. */
function linkChildren(nodes: Nodes, positions: Positions, treeId: number, { first, size }: Span): void {
  const hasParent = new Uint8Array(size);
  hasParent[0] = 1;
  const link = (children: Int32Array, node: number): void => {
    const child = positions.of(treeId, children[node]!);
    if (hasParent[child - first] === 1) throw malformed(`two ways to node ${treeId}:${children[node] ?? ''}`);
    hasParent[child - first] = 1;
    children[node] = child;
  };
  for (let node = first; node < first + size; node++) {
    if (nodes.mode[node] === LEAF) continue;
    link(nodes.whenTrue, node);
    link(nodes.whenFalse, node);
  }
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
