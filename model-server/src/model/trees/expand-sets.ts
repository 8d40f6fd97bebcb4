import { nextUp } from './float32';
import { EQUAL, LEAF, MODES, NOT_EQUAL } from './nodes';
import type { Nodes } from './nodes';

/** Trees in which several branches may lead to one node. */
export interface SharedTrees {
  readonly nodes: Nodes;
  readonly roots: readonly number[];
  /** The number of branches that lead to each node. */
  readonly parents: Uint32Array;
}

const AT_LEAST = MODES.indexOf('BRANCH_GTE');

/** A test for membership: the node at which its chain begins. */
interface MemberTest {
  readonly feature: number;
  readonly values: readonly number[];
  readonly member: number;
  readonly other: number;
  readonly missingIsMember: boolean;
}

/**
 * Replaces tests for equality by comparisons, which is all that the kernel knows. A chain of tests that one set of
 * categories was unrolled to becomes a search among the set's values: x is a member if a ≤ x < nextUp(a) for one of them.
 */
export function expandSets(nodes: Nodes, roots: readonly number[]): SharedTrees {
  const builder = new Builder();
  const newRoots = roots.map((root) => {
    const order = parentsFirst(nodes, root);
    const tests = memberTests(nodes, order);
    const places = new Map<number, number>();
    const placeOf = (node: number): number => places.get(node)!;
    for (const node of order.reverse()) {
      const test = tests.get(node);
      if (test === undefined) places.set(node, builder.copy(nodes, node, placeOf));
      else if (test !== 'within')
        places.set(
          node,
          builder.search({ ...test, member: placeOf(test.member), other: placeOf(test.other) }),
        );
    }
    return placeOf(root);
  });
  return { ...builder.finish(), roots: newRoots };
}

/** Positions of a tree's nodes, each after all of its parents. */
function parentsFirst({ mode, whenTrue, whenFalse }: Nodes, root: number): number[] {
  const done = new Set<number>();
  const order: number[] = [];
  // Depth first, without recursion: a tree may be as deep as a list.
  const open = [root];
  for (let node = open.at(-1); node !== undefined; node = open.at(-1)) {
    const waiting =
      mode[node] === LEAF ? [] : [whenTrue[node]!, whenFalse[node]!].filter((each) => !done.has(each));
    if (waiting.length > 0) {
      open.push(...waiting);
      continue;
    }
    open.pop();
    if (!done.has(node)) order.push(node);
    done.add(node);
  }
  return order.reverse();
}

/** The tests, by the node they begin at; the nodes within a chain are marked. */
function memberTests(nodes: Nodes, order: readonly number[]): Map<number, MemberTest | 'within'> {
  const { mode, feature, value, whenTrue, whenFalse, missingTracksTrue } = nodes;
  const tests = new Map<number, MemberTest | 'within'>();
  for (const node of order) {
    if (tests.has(node)) continue;
    // A missing value is unequal to any.
    if (mode[node] === NOT_EQUAL)
      tests.set(node, {
        feature: feature[node]!,
        values: [value[node]!],
        member: whenFalse[node]!,
        other: whenTrue[node]!,
        missingIsMember: false,
      });
    if (mode[node] !== EQUAL) continue;
    const values = [value[node]!];
    let other = whenFalse[node]!;
    while (
      mode[other] === EQUAL &&
      feature[other] === feature[node] &&
      whenTrue[other] === whenTrue[node] &&
      missingTracksTrue[other] === missingTracksTrue[node]
    ) {
      values.push(value[other]!);
      tests.set(other, 'within');
      other = whenFalse[other]!;
    }
    tests.set(node, {
      feature: feature[node]!,
      values,
      member: whenTrue[node]!,
      other,
      missingIsMember: missingTracksTrue[node] === 1,
    });
  }
  return tests;
}

/** The ends of the ranges that hold the values: before the first is no member, then they alternate. */
function endsOf(values: readonly number[]): number[] {
  const ends: number[] = [];
  for (const value of [...new Set(values)].sort((a, b) => a - b)) {
    if (ends.at(-1) === value) ends.pop();
    else ends.push(value);
    if (value !== Infinity) ends.push(nextUp(value));
  }
  return ends;
}

class Builder {
  private readonly mode: number[] = [];
  private readonly feature: number[] = [];
  private readonly value: number[] = [];
  private readonly whenTrue: number[] = [];
  private readonly whenFalse: number[] = [];
  private readonly missing: number[] = [];

  copy(nodes: Nodes, node: number, placeOf: (node: number) => number): number {
    const isLeaf = nodes.mode[node] === LEAF;
    return this.add(
      nodes.mode[node]!,
      nodes.feature[node]!,
      nodes.value[node]!,
      isLeaf ? 0 : placeOf(nodes.whenTrue[node]!),
      isLeaf ? 0 : placeOf(nodes.whenFalse[node]!),
      nodes.missingTracksTrue[node]!,
    );
  }

  /** A binary search; a missing value is not at least anything, so it ends before the first range. */
  search({ feature, values, member, other, missingIsMember }: MemberTest): number {
    const ends = endsOf(values);
    const within = (from: number, to: number): number => {
      if (from === to) return from % 2 === 1 ? member : other;
      const middle = (from + to + 1) >> 1;
      const above = within(middle, to);
      const below = within(from, middle - 1);
      return this.add(AT_LEAST, feature, ends[middle - 1]!, above, below, 0);
    };
    const found = within(0, ends.length);
    return missingIsMember ? this.add(AT_LEAST, feature, -Infinity, found, member, 0) : found;
  }

  finish(): Omit<SharedTrees, 'roots'> {
    const parents = new Uint32Array(this.mode.length);
    this.mode.forEach((mode, node) => {
      if (mode === LEAF) return;
      parents[this.whenTrue[node]!]!++;
      parents[this.whenFalse[node]!]!++;
    });
    return {
      parents,
      nodes: {
        mode: Uint8Array.from(this.mode),
        feature: Int32Array.from(this.feature),
        value: Float32Array.from(this.value),
        whenTrue: Int32Array.from(this.whenTrue),
        whenFalse: Int32Array.from(this.whenFalse),
        missingTracksTrue: Int32Array.from(this.missing),
      },
    };
  }

  private add(
    mode: number,
    feature: number,
    value: number,
    whenTrue: number,
    whenFalse: number,
    missing: number,
  ): number {
    this.feature.push(feature);
    this.value.push(value);
    this.whenTrue.push(whenTrue);
    this.whenFalse.push(whenFalse);
    this.missing.push(missing);
    return this.mode.push(mode) - 1;
  }
}
