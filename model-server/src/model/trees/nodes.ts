/** What a node does; all but leaves compare a feature with the node's value, `feature ≤ value` and so on. */
export const MODES = ['LEAF', 'BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GTE', 'BRANCH_GT'] as const;
export const LEAF = MODES.indexOf('LEAF');

/** Nodes of all trees: parallel lists, one entry per node. */
export interface Nodes {
  /** Position in {@link MODES}. */
  readonly mode: Uint8Array;
  /** Column of the input. */
  readonly feature: Int32Array;
  /** Threshold of a branch, weight of a leaf. */
  readonly value: Float32Array;
  /** Positions of a branch's children. */
  readonly whenTrue: Int32Array;
  readonly whenFalse: Int32Array;
  /** 1 where a missing value (NaN) goes the way of `whenTrue`; else the comparison with it is false. */
  readonly missingTracksTrue: Int32Array;
}
