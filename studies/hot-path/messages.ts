import { readFileSync } from 'node:fs';

import { readInferMessage } from '../../model-server/src/grpc/infer-message';
import { readContents } from '../../model-server/src/grpc/tensor-contents';
import { WireWriter } from '../../model-server/src/protobuf/wire-writer';
import { checkGraph } from '../../model-server/src/model/graph';
import type { ModelMetadata } from '../../model-server/src/model/metadata';
import { compileTrees } from '../../model-server/src/model/trees/compile';

/**
 * Microseconds to read messages of protocol buffers: gRPC requests of many forms, and a model as a start reads it.
 * Prints the first, the least and the median of many turns; a start only ever knows the first.
 */

const COLUMNS = 30;
const SLICES = 60;

const known = {
  inputs: [{ name: 'features', datatype: 'FP32', shape: [-1, COLUMNS], features: [] }],
  outputs: [{ name: 'score', datatype: 'FP32', shape: [-1, 1] }],
} as const;
const metadata = known as unknown as ModelMetadata;

export function main(file?: string): Promise<void> {
  if (file !== undefined) readModel(file);
  for (const rows of [1, 1024]) {
    const turns = Math.ceil(2048 / rows);
    for (const [form, contents, datatype] of [
      ['raw', undefined, 'FP32'],
      ['fp32_contents', floats(rows), 'FP32'],
      ['int64_contents', integers(rows), 'INT64'],
    ] as const) {
      const message = request(rows, contents);
      const spec = { ...metadata.inputs[0]!, datatype };
      report(`${rows} rows, ${form}`, turns, () => {
        const { body } = readInferMessage(message, metadata);
        const [input] = body.inputs as { data?: Buffer }[];
        if (input?.data !== undefined) readContents(input.data, { spec, datatype }, rows);
      });
    }
  }
  return Promise.resolve();
}

function readModel(file: string): void {
  const onnx = readFileSync(file);
  report('check of a graph', 1, () => {
    try {
      checkGraph(onnx, -1);
    } catch {
      // No model has this operator set: all of the graph was read before that is said.
    }
  });
  report('compilation of trees', 1, () => {
    compileTrees(onnx, known);
  });
}

/** A `ModelInferRequest`. */
function request(rows: number, contents: Buffer | undefined): Buffer {
  const tensor = new WireWriter().text(1, 'features').text(2, 'FP32').integers(3, [rows, COLUMNS]);
  if (contents !== undefined) tensor.bytes(5, contents);
  const message = new WireWriter().text(1, 'fraud').text(3, 'a-request').bytes(5, tensor.finish());
  if (contents === undefined) message.bytes(7, Buffer.alloc(rows * COLUMNS * 4, 1));
  return message.finish();
}

function floats(rows: number): Buffer {
  return new WireWriter().bytes(6, Buffer.alloc(rows * COLUMNS * 4, 1)).finish();
}

/** Of one to four bytes. */
function integers(rows: number): Buffer {
  const values = Array.from(
    { length: rows * COLUMNS },
    (_, index) => (index * 7919) % (1 << ((index % 4) * 7 + 6)),
  );
  return new WireWriter().integers(3, values).finish();
}

function report(what: string, turns: number, call: () => void): void {
  const slices = Array.from({ length: SLICES }, () => {
    const start = performance.now();
    for (let turn = 0; turn < turns; turn++) call();
    return ((performance.now() - start) * 1000) / turns;
  });
  const [first] = slices;
  const sorted = slices.toSorted((a, b) => a - b);
  const figures = [first, sorted[0], sorted[SLICES >> 1]].map((value = NaN) => value.toFixed(2).padStart(9));
  process.stdout.write(`${what.padEnd(26)} ${figures.join(' ')} µs (first, least, median)\n`);
}
