import { StartError, show } from '../errors';
import { WIRE, WireReader, packedVarints } from '../protobuf/wire-reader';

/** Field numbers of onnx.proto's AttributeProto. */
const ATTRIBUTE = { name: 1, floats: 7, ints: 8, strings: 9 } as const;

const OPERATORS: Readonly<Record<string, 'class' | 'target'>> = {
  TreeEnsembleClassifier: 'class',
  TreeEnsembleRegressor: 'target',
};

const LEAF = 'LEAF';
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
 * that its rows reach), nodes that are unreachable or shared by two branches, parallel lists of different lengths, no
 * trees at all.
 *
 * @param attributes Encoded AttributeProtos of the node.
 * @throws {StartError} `ensemble-malformed`
 * @throws {WireError} if the bytes are not a well-formed message.
 */
export function checkEnsemble(operator: string, attributes: readonly Buffer[]): void {
  const prefix = OPERATORS[operator];
  if (prefix === undefined) return;
  const lists = readLists(attributes);
  const list = (name: string): Float64Array => lists.get(name) ?? NONE;
  const labels = list('classlabels_int64s');
  if (new Set(labels).size !== labels.length)
    throw malformed(`class labels ${show([...labels])}`, 'each label once');

  const trees = new Trees(list('nodes_treeids'), list('nodes_nodeids'));
  requireParallel(lists, 'nodes_');
  requireParallel(lists, `${prefix}_`);
  const leaf = list('nodes_modes');
  list('nodes_values').forEach((value, node) => {
    if (Number.isNaN(value) && leaf[node] === 0)
      throw malformed(`NaN at node ${trees.nameOf(node)}`, 'a threshold at every branch');
  });
  trees.requireWhole(leaf, list('nodes_truenodeids'), list('nodes_falsenodeids'));

  for (const name of ['base_values', `${prefix}_weights`]) {
    const value = list(name).find((each) => !Number.isFinite(each));
    if (value !== undefined) throw malformed(`${value} in ${name}`, 'finite weights');
  }
  const weighted = list(`${prefix}_nodeids`);
  list(`${prefix}_treeids`).forEach((tree, index) => {
    const id = weighted[index] ?? NOWHERE;
    if (leaf[trees.find(tree, id)] !== 1)
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

  /** Every node is reached exactly once from the root of its tree. */
  requireWhole(leaf: Float64Array, whenTrue: Float64Array, whenFalse: Float64Array): void {
    const reached = new Uint8Array(this.treeIds.length);
    for (const [tree, span] of this.spans) {
      const open = [span.first];
      let count = 0;
      for (let node = open.pop(); node !== undefined; node = open.pop()) {
        if (reached[node] === 1) throw malformed(`two ways to node ${this.nameOf(node)}`, 'trees');
        reached[node] = 1;
        count++;
        if (leaf[node] === 1) continue;
        for (const children of [whenTrue, whenFalse]) {
          const child = this.findIn(span, children[node] ?? NOWHERE);
          if (child === NOWHERE)
            throw malformed(
              `node ${tree}:${children[node] ?? ''} below node ${this.nameOf(node)}`,
              'a node of the tree',
            );
          open.push(child);
        }
      }
      if (count !== span.size)
        throw malformed(`${span.size - count} nodes that the root of tree ${tree} does not lead to`, 'trees');
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

/** The lists that are not empty: numbers, or for modes 1 for LEAF. */
function readLists(attributes: readonly Buffer[]): Map<string, Float64Array> {
  const lists = new Map<string, Float64Array>();
  for (const bytes of attributes) {
    const cursor = new WireReader(bytes);
    // A value takes at least a byte, usually after a tag.
    const values = new Float64Array(bytes.byteLength);
    let name = '';
    let count = 0;
    while (cursor.next()) {
      const { number, wire } = cursor;
      if (number === ATTRIBUTE.name && wire === WIRE.bytes) name = cursor.text();
      else if (number === ATTRIBUTE.strings && wire === WIRE.bytes)
        values[count++] = cursor.end - cursor.start === LEAF.length && cursor.text() === LEAF ? 1 : 0;
      else if (number === ATTRIBUTE.floats && wire !== WIRE.varint)
        for (let at = cursor.start; at + 4 <= cursor.end; at += 4) values[count++] = bytes.readFloatLE(at);
      else if (number === ATTRIBUTE.ints && wire === WIRE.varint) values[count++] = cursor.signed();
      else if (number === ATTRIBUTE.ints)
        for (const value of packedVarints(cursor.bytes())) values[count++] = value;
    }
    if (lists.has(name)) throw malformed(`attribute ${show(name)} twice`, 'each attribute once');
    if (count > 0) lists.set(name, values.subarray(0, count));
  }
  return lists;
}

function malformed(got: string, expected: string): StartError {
  return new StartError('ensemble-malformed', {
    what: 'model.onnx holds a damaged tree ensemble',
    got,
    expected,
    fix: 'Train and package the model again.',
  });
}
