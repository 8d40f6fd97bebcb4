import type { Ensemble } from './ensemble';
import { NODE, layOut, placesOf, slotsOf } from './layout';
import { Locals, f32, i32, moduleBytes, repeat } from './wasm';
import type { Code } from './wasm';

/**
 * Trees walked in lockstep. A single walk waits for memory at every step: for the node, the feature, the next node.
 * Eight independent walks hide these waits, and their state still fits into registers.
 */
const LANES = 8;

/** Sums the leaf weights of one row. */
export interface Kernel {
  /** The row as in layout.ts. Its last slot stays NaN. */
  readonly row: Float32Array;
  /** @returns The float32 sum, in the order of the trees. */
  readonly sum: () => number;
}

const WORD = 4;
const PAGE = 65_536;

/**
 * Assembles the kernel and fills its memory: the row at address 0, so that a slot is an address; the addresses of all
 * roots; the nodes, then a leaf of weight 0 for lanes that the last trees leave unused.
 *
 * @param lanes Trees walked in lockstep.
 * @throws {NotCompilable} `ensemble-too-large`
 */
export function assemble(ensemble: Ensemble, lanes = LANES): Kernel {
  const { roots, columns } = ensemble;
  const { trees, count } = placesOf(ensemble);
  const slots = slotsOf(columns);
  const rootsStart = WORD * slots;
  const rootsEnd = rootsStart + WORD * lanes * Math.ceil(roots.length / lanes);
  const nodesStart = Math.ceil(rootsEnd / NODE.bytes) * NODE.bytes;
  const nodesEnd = nodesStart + NODE.bytes * count;
  const memory = new WebAssembly.Memory({ initial: Math.ceil((nodesEnd + NODE.bytes) / PAGE) });
  const view = new DataView(memory.buffer);

  const row = new Float32Array(memory.buffer, 0, slots).fill(NaN);
  const rootOffsets = layOut(ensemble, trees, new DataView(memory.buffer, nodesStart));
  view.setUint16(nodesEnd + NODE.slot, WORD * (slots - 1), true);
  for (let at = rootsStart, tree = 0; at < rootsEnd; at += WORD, tree++) {
    const offset = rootOffsets[tree];
    view.setUint32(at, offset === undefined ? nodesEnd : nodesStart + offset, true);
  }

  const module = new WebAssembly.Module(kernelCode(rootsStart, rootsEnd, lanes));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return { row, sum: exports.sum as () => number };
}

/** See layout.ts for what a step does and why leaves need no special case. */
function kernelCode(rootsStart: number, rootsEnd: number, width: number): Uint8Array<ArrayBuffer> {
  const locals = new Locals();
  const lanes = Array.from({ length: width }, () => locals.add('i32'));
  const root = locals.add('i32');
  const next = locals.add('i32');
  const moved = locals.add('i32');
  const sum = locals.add('f32');

  const start = lanes.map((node, lane) => node.set(i32.load(root.get, WORD * lane)));
  const step = lanes.map((node): Code => {
    const feature = f32.load(i32.load16(node.get, NODE.slot));
    const goesSecond = f32.greaterOrEqual(feature, f32.load(node.get, NODE.threshold));
    return [
      next.set(i32.load16(node.get, NODE.next)),
      moved.set(i32.or(moved.get, next.get)),
      node.set(i32.add(node.get, i32.shiftLeft(i32.add(next.get, goesSecond), Math.log2(NODE.bytes)))),
    ];
  });
  const add = lanes.map((leaf) => sum.set(f32.add(sum.get, f32.load(leaf.get, NODE.threshold))));

  return moduleBytes('sum', locals, [
    root.set(i32.const(rootsStart)),
    repeat(
      [
        start,
        repeat([moved.set(i32.const(0)), step], moved.get),
        add,
        root.set(i32.add(root.get, i32.const(WORD * width))),
      ],
      i32.lessThan(root.get, i32.const(rootsEnd)),
    ),
    sum.get,
  ]);
}
