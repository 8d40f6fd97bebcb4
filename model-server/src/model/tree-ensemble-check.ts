import { malformed } from './malformed';

type Lists = ReadonlyMap<string, Float64Array>;

/** A mode of the operator: the feature is one of a set, and its list of values ends with NaN. */
const MEMBER = 6;

const NONE = new Float64Array();

/** What a branch leads to. */
interface Sides {
  readonly ids: Float64Array;
  /** 1 where the id is a leaf's. */
  readonly leafs: Float64Array;
}

/**
 * Refuses damage of the operator `TreeEnsemble` of ai.onnx.ml 5, which joins classifiers and regressors, as strictly as
 * theirs: branches and leaves are lists of their own, and a tree of one leaf is a branch with it on both sides.
 *
 * @throws {StartError} `ensemble-malformed`
 */
export function checkTreeEnsemble(lists: Lists): void {
  const list = (name: string): Float64Array => lists.get(name) ?? NONE;
  const modes = list('nodes_modes');
  const roots = list('tree_roots');
  const weights = list('leaf_weights');
  if (modes.length === 0) throw malformed('no nodes', 'at least one tree');
  if (roots.length === 0) throw malformed('no tree_roots', 'at least one tree');
  requireLengths(lists, 'nodes_', modes.length);
  requireLengths(lists, 'leaf_', weights.length);
  for (const name of ['nodes_splits', 'nodes_featureids', 'leaf_targetids'])
    if (list(name).length === 0) throw malformed(`no ${name}`, 'one for each');
  requireEach('nodes_modes', modes, (mode) => Number.isInteger(mode) && mode >= 0 && mode <= MEMBER);
  requireEach('nodes_featureids', list('nodes_featureids'), (feature) => feature >= 0);
  requireEach('leaf_weights', weights, Number.isFinite);
  const [targets = 1] = list('n_targets');
  requireEach('leaf_targetids', list('leaf_targetids'), (target) => target >= 0 && target < targets);
  requireEach(
    'nodes_splits',
    list('nodes_splits'),
    (value, node) => !Number.isNaN(value) || modes[node] === MEMBER,
  );
  requireSets(list('membership_values'), modes.filter((mode) => mode === MEMBER).length);
  requireTrees(
    roots,
    modes.length,
    weights.length,
    { ids: list('nodes_truenodeids'), leafs: list('nodes_trueleafs') },
    { ids: list('nodes_falsenodeids'), leafs: list('nodes_falseleafs') },
  );
}

function requireLengths(lists: Lists, prefix: string, length: number): void {
  for (const [name, { length: own }] of lists)
    // How often a branch is taken; changes no score.
    if (name !== 'nodes_hitrates' && name.startsWith(prefix) && own !== length)
      throw malformed(
        `${name} of ${own} values`,
        `${length}, as ${prefix === 'nodes_' ? 'nodes_modes' : 'leaf_weights'} has`,
      );
}

function requireEach(
  name: string,
  values: Float64Array,
  holds: (value: number, at: number) => boolean,
): void {
  const at = values.findIndex((value, index) => !holds(value, index));
  if (at !== -1) throw malformed(`${name}[${at}] = ${values[at] ?? ''}`, 'values that the operator defines');
}

/** One set of at least one value, ended by NaN, for each test of membership. */
function requireSets(values: Float64Array, tests: number): void {
  const ends = values.filter(Number.isNaN).length;
  const isEmpty = values.some(
    (value, at) => Number.isNaN(value) && (at === 0 || Number.isNaN(values[at - 1])),
  );
  if (ends !== tests || isEmpty || (values.length > 0 && !Number.isNaN(values.at(-1))))
    throw malformed(
      `membership_values of ${isEmpty ? 'an empty set' : `${ends} sets`}`,
      `${tests}, one for each BRANCH_MEMBER, each ended by NaN`,
    );
}

/** Every branch and every leaf is reached from a root once; only a leaf alone is both sides of its branch. */
function requireTrees(roots: Float64Array, branches: number, leaves: number, ...sides: [Sides, Sides]): void {
  const reached = { branch: new Uint8Array(branches), leaf: new Uint8Array(leaves) };
  const reach = (kind: 'branch' | 'leaf', id: number, from: string): void => {
    const list = reached[kind];
    if (!(id >= 0 && id < list.length))
      throw malformed(`${kind} ${id} below ${from}`, `a ${kind} of the ensemble`);
    if (list[id] === 1) throw malformed(`two ways to ${kind} ${id}`, 'trees');
    list[id] = 1;
  };
  for (const root of roots) {
    reach('branch', root, 'tree_roots');
    const open = [root];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      const branch = node;
      const [yes, no] = sides.map(({ ids, leafs }) => ({
        id: ids[branch] ?? -1,
        kind: leafs[branch] === 1 ? ('leaf' as const) : ('branch' as const),
      })) as [Side, Side];
      reach(yes.kind, yes.id, `branch ${branch}`);
      if (yes.kind === 'leaf' && no.kind === 'leaf' && yes.id === no.id) continue;
      reach(no.kind, no.id, `branch ${branch}`);
      for (const side of [yes, no]) if (side.kind === 'branch') open.push(side.id);
    }
  }
  for (const [kind, list] of Object.entries(reached)) {
    const lost = list.filter((each) => each === 0).length;
    if (lost > 0)
      throw malformed(`${lost} ${kind === 'leaf' ? 'leaves' : 'branches'} that no root leads to`, 'trees');
  }
}

interface Side {
  readonly id: number;
  readonly kind: 'branch' | 'leaf';
}
