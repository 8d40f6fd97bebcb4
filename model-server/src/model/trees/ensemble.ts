import { show } from '../../errors';
import type { Attributes } from './attributes';
import type { EnsembleNode } from './graph-pattern';
import { expandSets } from './expand-sets';
import { linkTrees } from './link-trees';
import type { Weights } from './link-trees';
import { EQUAL, LEAF, MODES, NOT_EQUAL } from './nodes';
import type { Nodes } from './nodes';
import { NotCompilable } from './not-compiled';

/** Binary decision trees whose leaf weights are summed, in order, in float32. */
export interface Ensemble {
  readonly columns: number;
  readonly nodes: Nodes;
  /** Positions of the roots. */
  readonly roots: readonly number[];
  /** The number of branches that lead to each node; undefined where each has one. */
  readonly parents?: Uint32Array;
  /** Added last. */
  readonly base: number;
  /** Whether the score is the logistic function of the sum, or the sum itself. */
  readonly logistic: boolean;
}

/** Far above what training produces; bounds the time to load a file. */
const MAX_NODES = 1_000_000;

const FLOAT32_MAX = 2 ** 127 * (2 - 2 ** -23);

/**
 * Reads the trees of a TreeEnsembleClassifier with two classes or a TreeEnsembleRegressor with one target, as ONNX
 * Runtime does where the standard is vague.
 *
 * @param columns Columns of the input.
 * @throws {NotCompilable} `ensemble-unsupported`, `ensemble-malformed` or `ensemble-too-large`.
 */
export function readEnsemble({ operator, attributes, sigmoid }: EnsembleNode, columns: number): Ensemble {
  const classifier = operator === 'TreeEnsembleClassifier';
  const transform = attributes.string('post_transform', 'NONE');
  if (transform !== (classifier ? 'LOGISTIC' : 'NONE'))
    throw unsupported(`post_transform ${show(transform)} of ${operator}`);
  const base = attributes.floats('base_values');
  if (base.length > 1 || !base.every(Number.isFinite)) throw unsupported(`base_values ${show([...base])}`);
  const weights = classifier ? classWeights(attributes) : targetWeights(attributes);
  const trees = readTrees(attributes, weights, columns);
  attributes.requireAllRead();
  return { columns, ...trees, base: base[0] ?? 0, logistic: classifier || sigmoid };
}

function classWeights(attributes: Attributes): Weights {
  const labels = attributes.ints('classlabels_int64s');
  if (labels.length !== 2) throw unsupported(`${labels.length} integer class labels`);
  const weights = readWeights(attributes, 'class');
  // ONNX Runtime treats a sum of such weights as a probability and does not transform it.
  if (weights.values.every((value) => value >= 0)) throw unsupported('no negative class weight');
  return weights;
}

function targetWeights(attributes: Attributes): Weights {
  const targets = attributes.int('n_targets', 0);
  if (targets !== 1) throw unsupported(`${targets} targets`);
  const aggregate = attributes.string('aggregate_function', 'SUM');
  if (aggregate !== 'SUM') throw unsupported(`aggregate_function ${show(aggregate)}`);
  return readWeights(attributes, 'target');
}

function readWeights(attributes: Attributes, prefix: 'class' | 'target'): Weights {
  const ids = attributes.ints(`${prefix}_ids`);
  const weights = {
    treeIds: attributes.ints(`${prefix}_treeids`),
    nodeIds: attributes.ints(`${prefix}_nodeids`),
    values: attributes.floats(`${prefix}_weights`),
  };
  requireLength(`${prefix}_*`, ids.length, Object.values(weights));
  if (ids.some((id) => id !== 0)) throw unsupported(`${prefix}_ids other than 0`);
  // So no score is infinite.
  let total = 0;
  for (const value of weights.values) total += Math.abs(value);
  if (!(total < FLOAT32_MAX)) throw unsupported(`${prefix}_weights whose sum is not finite`);
  return weights;
}

function readTrees(
  attributes: Attributes,
  weights: Weights,
  columns: number,
): Pick<Ensemble, 'nodes' | 'roots' | 'parents'> {
  const treeIds = attributes.ints('nodes_treeids');
  const nodeIds = attributes.ints('nodes_nodeids');
  const count = treeIds.length;
  const nodes = {
    mode: attributes.words('nodes_modes', MODES),
    feature: attributes.ints('nodes_featureids'),
    value: attributes.floats('nodes_values'),
    whenTrue: attributes.ints('nodes_truenodeids'),
    whenFalse: attributes.ints('nodes_falsenodeids'),
    missingTracksTrue: missingTracks(attributes, count),
  };
  // How often a branch is taken.
  attributes.ignore('nodes_hitrates');
  if (count === 0) throw malformed('no nodes');
  if (count > MAX_NODES) throw new NotCompilable('ensemble-too-large', `${count} nodes`);
  requireLength('nodes_*', count, [nodeIds, ...Object.values(nodes)]);
  if (nodes.value.includes(NaN)) throw unsupported('a threshold that is not a number');
  requireFeatures(nodes, columns);
  const roots = linkTrees({ treeIds, nodeIds, nodes }, weights);
  return nodes.mode.includes(EQUAL) || nodes.mode.includes(NOT_EQUAL)
    ? expandSets(nodes, roots)
    : { nodes, roots };
}

function requireFeatures({ feature, mode }: Nodes, columns: number): void {
  for (let node = 0; node < feature.length; node++)
    if (feature[node]! >= columns && mode[node] !== LEAF)
      throw malformed(`feature ${feature[node] ?? ''} of ${columns}`);
}

function missingTracks(attributes: Attributes, count: number): Int32Array {
  const given = attributes.ints('nodes_missing_value_tracks_true');
  return given.length === 0 ? new Int32Array(count) : given;
}

function requireLength(what: string, length: number, lists: readonly { readonly length: number }[]): void {
  for (const list of lists)
    if (list.length !== length) throw malformed(`${what} of ${length} and ${list.length} values`);
}

function unsupported(detail: string): NotCompilable {
  return new NotCompilable('ensemble-unsupported', detail);
}

function malformed(detail: string): NotCompilable {
  return new NotCompilable('ensemble-malformed', detail);
}
