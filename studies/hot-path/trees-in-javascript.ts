import { runInThisContext } from 'node:vm';

import { LEAF, MODES } from '../../model-server/src/model/trees/nodes';
import type { Ensemble } from '../../model-server/src/model/trees/ensemble';

/** Sum of the leaf weights of the row that starts at a position of the values. */
export type Sum = (values: Float32Array, start: number) => number;

/** Walks the nodes of one tree after the other. For BRANCH_LEQ alone, as LightGBM has it. */
export function walkInJavaScript({ nodes, roots }: Ensemble): Sum {
  requireLessOrEqual(nodes.mode);
  const { mode, feature, value, whenTrue, whenFalse, missingTracksTrue } = nodes;
  return (values, start) => {
    let sum = 0;
    for (const root of roots) {
      let node = root;
      while (mode[node] !== LEAF) {
        const x = values[start + feature[node]!]!;
        const holds = x <= value[node]! || (missingTracksTrue[node] === 1 && Number.isNaN(x));
        node = holds ? whenTrue[node]! : whenFalse[node]!;
      }
      sum = Math.fround(sum + value[node]!);
    }
    return sum;
  };
}

/** One function per tree, a nest of conditional expressions, written out and left to the JavaScript engine. */
export function generatedJavaScript({ nodes, roots }: Ensemble): Sum {
  requireLessOrEqual(nodes.mode);
  const expression = (node: number): string => {
    const value = nodes.value[node]!;
    if (nodes.mode[node] === LEAF) return String(value);
    const x = `v[s + ${nodes.feature[node]!}]`;
    const [yes, no] = [expression(nodes.whenTrue[node]!), expression(nodes.whenFalse[node]!)];
    // NaN makes every comparison false.
    return nodes.missingTracksTrue[node] === 1
      ? `(${x} > ${value} ? ${no} : ${yes})`
      : `(${x} <= ${value} ? ${yes} : ${no})`;
  };
  const functions = roots.map((root, tree) => `const t${tree} = (v, s) => ${expression(root)};`);
  const sums = roots.map((_, tree) => `sum = Math.fround(sum + t${tree}(v, s));`);
  const source = `(() => { ${functions.join('\n')} return (v, s) => { let sum = 0; ${sums.join('\n')} return sum; }; })()`;
  return runInThisContext(source) as Sum;
}

function requireLessOrEqual(mode: Uint8Array): void {
  if (mode.some((one) => MODES[one] !== 'LEAF' && MODES[one] !== 'BRANCH_LEQ'))
    throw new RangeError('the sketches in JavaScript compare with BRANCH_LEQ only');
}
