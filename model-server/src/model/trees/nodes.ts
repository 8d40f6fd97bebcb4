/** Kinds of nodes; all but leaves compare a feature with the node's value, such as `feature ≤ value`. */
export const MODES = [
  'LEAF',
  'BRANCH_LEQ',
  'BRANCH_LT',
  'BRANCH_GTE',
  'BRANCH_GT',
  'BRANCH_EQ',
  'BRANCH_NEQ',
] as const;
export const LEAF = MODES.indexOf('LEAF');
export const EQUAL = MODES.indexOf('BRANCH_EQ');
export const NOT_EQUAL = MODES.indexOf('BRANCH_NEQ');

/** Nodes of all trees: parallel lists, one entry per node. */
export interface Nodes {
  /** Index into {@link MODES}. */
  readonly mode: Uint8Array;
  /** Column of the input. */
  readonly feature: Int32Array;
  /** Threshold of a branch, weight of a leaf. */
  readonly value: Float32Array;
  /** Positions of a branch's children. */
  readonly whenTrue: Int32Array;
  readonly whenFalse: Int32Array;
  /** 1 if a missing value (NaN) goes to `whenTrue`; else it compares as false. */
  readonly missingTracksTrue: Int32Array;
}
