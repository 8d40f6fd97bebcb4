import { InferenceSession, Tensor } from 'onnxruntime-node';

import { StartError, reasonText } from '../errors';
import type { StartReason } from '../errors';
import { DATATYPES } from '../tensors/datatype';
import type { TensorValues } from '../tensors/datatype';
import { columnsOf } from './metadata';
import type { InputSpec, TensorSpec } from './metadata';
import type { ModelPackage } from './package';
import { requireFinite } from './runner';
import type { Output, Session } from './runner';

// Official builds send telemetry and keep a database for it unless disabled before the first session of the process.
process.env.ORT_DISABLE_TELEMETRY = '1';

/** One thread per run, no spinning: the core is shared with the HTTP side. */
const OPTIONS: InferenceSession.SessionOptions = {
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  // Only fatal ones: all other errors are thrown and go to our log.
  logSeverityLevel: 4,
  extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
};

/**
 * Loads the graph of a package and compares it with the signature.
 *
 * @throws {StartError} `graph-rejected` or `signature-mismatch`.
 */
export async function openSession({ metadata, onnx }: ModelPackage): Promise<Session> {
  const session = await InferenceSession.create(onnx, OPTIONS).catch((error: unknown) => {
    throw failure(
      'graph-rejected',
      'ONNX Runtime refuses model.onnx',
      reasonText(error),
      'a valid graph',
      error,
    );
  });
  compare('input', session.inputMetadata, metadata.inputs);
  compare('output', session.outputMetadata, metadata.outputs);
  return new OnnxSession(session, metadata.inputs);
}

class OnnxSession implements Session {
  constructor(
    private readonly session: InferenceSession,
    private readonly inputs: readonly InputSpec[],
  ) {}

  async run(
    inputs: readonly TensorValues[],
    rows: number,
    outputs: readonly TensorSpec[],
  ): Promise<readonly Output[]> {
    const feeds = Object.fromEntries(
      this.inputs.map((spec, index) => [spec.name, toTensor(spec, inputs[index] ?? [], rows)]),
    );
    const names = outputs.map(({ name }) => name);
    const results = await this.session.run(feeds, names);
    return outputs.map((spec) => ({ spec, values: read(results[spec.name], spec, rows) }));
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

function toTensor(spec: TensorSpec, values: TensorValues, rows: number): Tensor {
  return new Tensor(DATATYPES[spec.datatype].onnx, values, dimsOf(spec, rows));
}

function dimsOf(spec: TensorSpec, rows: number): number[] {
  return spec.shape.length === 1 ? [rows] : [rows, columnsOf(spec)];
}

function read(tensor: Tensor | undefined, spec: TensorSpec, rows: number): TensorValues {
  const { type, dims } = tensor ?? { type: 'nothing', dims: [] };
  const expected = dimsOf(spec, rows);
  const { onnx, kind } = DATATYPES[spec.datatype];
  if (tensor === undefined || type !== onnx || dims.join() !== expected.join())
    throw new RangeError(
      `output "${spec.name}" came out as ${type} [${dims.join(', ')}], not ${onnx} [${expected.join(', ')}]`,
    );
  const values = tensor.data;
  if (kind === 'float') requireFinite(values as Float32Array, spec);
  return values;
}

function compare(
  side: 'input' | 'output',
  graph: readonly InferenceSession.ValueMetadata[],
  signature: readonly TensorSpec[],
): void {
  const got = graph.map(describe).join(', ');
  const expected = signature
    .map(
      (spec) => `${spec.name} ${DATATYPES[spec.datatype].onnx} [${['N', ...spec.shape.slice(1)].join(', ')}]`,
    )
    .join(', ');
  const agrees =
    graph.length === signature.length &&
    signature.every((spec) => graph.some((value) => value.name === spec.name && fits(side, value, spec)));
  if (!agrees)
    throw failure('signature-mismatch', `the ${side}s of model.onnx differ from model.json`, got, expected);
}

/** An output's shape may be open, the warm-up sees the real one; an input must state its columns. */
function fits(side: 'input' | 'output', value: InferenceSession.ValueMetadata, spec: TensorSpec): boolean {
  if (!value.isTensor || value.type !== DATATYPES[spec.datatype].onnx) return false;
  const [rows, columns] = value.shape;
  if (side === 'output' && value.shape.length === 0) return true;
  if (value.shape.length !== spec.shape.length || typeof rows === 'number') return false;
  return columns === spec.shape[1] || (side === 'output' && typeof columns === 'string');
}

function describe(value: InferenceSession.ValueMetadata): string {
  if (!value.isTensor) return `${value.name} (not a tensor)`;
  const dims = value.shape.map((dim) => (typeof dim === 'string' && dim === '' ? '?' : dim));
  return `${value.name} ${value.type} [${dims.join(', ')}]`;
}

function failure(
  reason: StartReason,
  what: string,
  got: string,
  expected: string,
  cause?: unknown,
): StartError {
  const fix = 'Package the model again: its signature is read from the exported graph.';
  return new StartError(reason, { what, got, expected, fix }, { cause });
}
