import { show } from '../errors';
import { readLists } from './attribute-lists';
import { malformed } from './malformed';
import { checkTreeEnsemble } from './tree-ensemble-check';

const OPERATORS: Readonly<Record<string, 'class' | 'target'>> = {
  TreeEnsembleClassifier: 'class',
  TreeEnsembleRegressor: 'target',
};

/** Whether an operator is a tree ensemble that the compiler knows. */
export function isEnsemble(operator: string): boolean {
  return Object.hasOwn(OPERATORS, operator);
}

/** What is told apart of modes; any other is 0. */
const LEAF = 1;
const EQUAL = 2;
const CODES = new Map([
  ['LEAF', LEAF],
  ['BRANCH_EQ', EQUAL],
]);
const NONE = new Float64Array();

/** No node has this id: it stands in if a list is too short. */
const NOWHERE = -1;

/** Where the nodes of a tree are: contiguous, the root first. */
interface Span {
  readonly first: number;
  readonly size: number;
}

/**
 * Refuses damaged tree ensembles that ONNX Runtime would run: weights that are not finite (the warm-up only sees those
 * that its rows reach), nodes that are unreachable or shared by two branches other than those of a set of categories,
 * parallel lists of different lengths, no trees at all.
 *
 * @param attributes Encoded AttributeProtos of the node.
 * @throws {StartError} `ensemble-malformed`
 * @throws {WireError} if the bytes are not a well-formed message.
 */
export function checkEnsemble(operator: string, attributes: readonly Buffer[]): void {
  const prefix = OPERATORS[operator];
  if (operator === 'TreeEnsemble') checkTreeEnsemble(readLists(attributes, CODES));
  if (prefix === undefined) return;
  const lists = readLists(attributes, CODES);
  const list = (name: string): Float64Array => lists.get(name) ?? NONE;
  const labels = list('classlabels_int64s');
  if (new Set(labels).size !== labels.length)
    throw malformed(`class labels ${show([...labels])}`, 'each label once');

  const trees = new Trees(list('nodes_treeids'), list('nodes_nodeids'));
  requireParallel(lists, 'nodes_');
  requireParallel(lists, `${prefix}_`);
  const modes = list('nodes_modes');
  list('nodes_values').forEach((value, node) => {
    if (Number.isNaN(value) && modes[node] !== LEAF)
      throw malformed(`NaN at node ${trees.nameOf(node)}`, 'a threshold at every branch');
  });
  trees.requireWhole(modes, list('nodes_featureids'), list('nodes_truenodeids'), list('nodes_falsenodeids'));

  for (const name of ['base_values', `${prefix}_weights`]) {
    const value = list(name).find((each) => !Number.isFinite(each));
    if (value !== undefined) throw malformed(`${value} in ${name}`, 'finite weights');
  }
  const weighted = list(`${prefix}_nodeids`);
  list(`${prefix}_treeids`).forEach((tree, index) => {
    const id = weighted[index] ?? NOWHERE;
    if (modes[trees.find(tree, id)] !== LEAF)
      throw malformed(`a weight at node ${tree}:${id}`, 'weights at leaves');
  });
}

/** Finds nodes by id. */
class Trees {
  private readonly spans = new Map<number, Span>();

  constructor(
    private readonly treeIds: Float64Array,
    private readonly nodeIds: Float64Array,
  ) {
    if (treeIds.length === 0) throw malformed('no nodes', 'at least one tree');
    for (let first = 0, end = 0; first < treeIds.length; first = end) {
      const tree = treeIds[first] ?? NOWHERE;
      while (treeIds[end] === tree) end++;
      if (this.spans.has(tree))
        throw malformed(`tree ${tree} in two places`, 'the nodes of a tree side by side');
      this.spans.set(tree, { first, size: end - first });
    }
  }

  /** Position of a node, or {@link NOWHERE}. */
  find(tree: number, id: number): number {
    const span = this.spans.get(tree);
    return span === undefined ? NOWHERE : this.findIn(span, id);
  }

  nameOf(node: number): string {
    return `${this.treeIds[node] ?? ''}:${this.nodeIds[node] ?? ''}`;
  }

  /**
   * Every node but the roots is the child of one branch, and no way leads in circles. A set of categories is a chain of
   * tests for equality of one feature, whose true branches meet.
   */
  requireWhole(
    modes: Float64Array,
    features: Float64Array,
    whenTrue: Float64Array,
    whenFalse: Float64Array,
  ): void {
    const parents = new Uint32Array(this.treeIds.length);
    /** The feature of the set that leads to a node, plus 1. */
    const sets = new Float64Array(this.treeIds.length);
    const childOf = (tree: number, span: Span, node: number, children: Float64Array): number => {
      const child = this.findIn(span, children[node] ?? NOWHERE);
      if (child !== NOWHERE) return child;
      throw malformed(
        `node ${tree}:${children[node] ?? ''} below node ${this.nameOf(node)}`,
        'a node of the tree',
      );
    };
    for (const [tree, span] of this.spans) {
      const { first, size } = span;
      for (let node = first; node < first + size; node++) {
        if (modes[node] === LEAF) continue;
        for (const children of [whenTrue, whenFalse]) {
          const child = childOf(tree, span, node, children);
          const set = children === whenTrue && modes[node] === EQUAL ? (features[node] ?? 0) + 1 : 0;
          if (child === first || (Number(parents[child]) > 0 && (set === 0 || sets[child] !== set)))
            throw malformed(`two ways to node ${this.nameOf(child)}`, 'trees');
          parents[child] = (parents[child] ?? 0) + 1;
          sets[child] = set;
        }
      }
      const order = [first];
      for (const node of order) {
        if (modes[node] === LEAF) continue;
        for (const children of [whenTrue, whenFalse]) {
          const child = childOf(tree, span, node, children);
          parents[child] = (parents[child] ?? 0) - 1;
          if (parents[child] === 0) order.push(child);
        }
      }
      if (order.length !== size)
        throw malformed(
          `${size - order.length} nodes that the root of tree ${tree} does not lead to`,
          'trees',
        );
    }
  }

  /** Ids mostly count up from 0, but need not. */
  private findIn({ first, size }: Span, id: number): number {
    if (id >= 0 && id < size && this.nodeIds[first + id] === id) return first + id;
    const position = this.nodeIds.subarray(first, first + size).indexOf(id);
    return position === -1 ? NOWHERE : first + position;
  }
}

/** Missing attributes are left to ONNX Runtime, which refuses them or uses defaults. */
function requireParallel(lists: ReadonlyMap<string, Float64Array>, prefix: string): void {
  const length = lists.get(`${prefix}treeids`)?.length ?? 0;
  for (const [name, list] of lists)
    // How often a branch is taken; changes no score.
    if (name !== 'nodes_hitrates' && name.startsWith(prefix) && list.length !== length)
      throw malformed(`${name} of ${list.length} values`, `${length}, as ${prefix}treeids has`);
}
