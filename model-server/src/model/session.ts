import { InferenceSession, Tensor } from 'onnxruntime-node';

import { StartError, reasonText } from '../errors';
import type { StartReason } from '../errors';
import type { TensorSpec } from './metadata';
import type { ModelPackage } from './package';

/** One output of a run: `rows` × `shape[1]` values, row by row. */
export interface Output {
  readonly spec: TensorSpec;
  readonly values: Float32Array;
}

/** Runs the graph over a batch of rows. */
export interface Runner {
  /**
   * @param values `rows` × columns of the input, row by row; not changed and not kept.
   * @param outputs Names of the outputs to compute.
   */
  run(values: Float32Array, rows: number, outputs: readonly TensorSpec[]): Promise<Output[]>;
}

/** One thread per run and none that spins: the process shares its core with the HTTP side. */
const OPTIONS: InferenceSession.SessionOptions = {
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 3,
  extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
};

/**
 * Loads the graph of a package and compares it with the signature.
 *
 * @throws {StartError} `graph-rejected` or `signature-mismatch`.
 */
export async function openSession({ metadata, onnx }: ModelPackage): Promise<Runner> {
  const session = await InferenceSession.create(onnx, OPTIONS).catch((error: unknown) => {
    throw failure(
      'graph-rejected',
      'ONNX Runtime refuses model.onnx',
      reasonText(error),
      'a valid graph',
      error,
    );
  });
  compare('input', session.inputMetadata, [metadata.input]);
  compare('output', session.outputMetadata, metadata.outputs);
  return new SessionRunner(session, metadata.input);
}

class SessionRunner implements Runner {
  constructor(
    private readonly session: InferenceSession,
    private readonly input: TensorSpec,
  ) {}

  async run(values: Float32Array, rows: number, outputs: readonly TensorSpec[]): Promise<Output[]> {
    const feeds = { [this.input.name]: new Tensor('float32', values, [rows, this.input.shape[1]]) };
    const names = outputs.map(({ name }) => name);
    const results = await this.session.run(feeds, names);
    return outputs.map((spec) => ({ spec, values: read(results[spec.name], spec, rows) }));
  }
}

function read(tensor: Tensor | undefined, spec: TensorSpec, rows: number): Float32Array {
  const { data, dims } = tensor ?? { data: undefined, dims: [] };
  if (!(data instanceof Float32Array) || dims.length !== 2 || dims[0] !== rows || dims[1] !== spec.shape[1])
    throw new RangeError(
      `output "${spec.name}" came out as ${tensor?.type ?? 'nothing'} [${dims.join(', ')}], not float32 [${rows}, ${spec.shape[1]}]`,
    );
  for (const value of data)
    if (!Number.isFinite(value)) throw new RangeError(`output "${spec.name}" holds ${value}`);
  return data;
}

function compare(
  side: 'input' | 'output',
  graph: readonly InferenceSession.ValueMetadata[],
  signature: readonly TensorSpec[],
): void {
  const got = graph.map(describe).join(', ');
  const expected = signature.map((spec) => `${spec.name} float32 [N, ${spec.shape[1]}]`).join(', ');
  const agrees =
    graph.length === signature.length &&
    signature.every((spec) => graph.some((value) => value.name === spec.name && fits(side, value, spec)));
  if (!agrees)
    throw failure('signature-mismatch', `the ${side}s of model.onnx differ from model.json`, got, expected);
}

/** A graph may leave an output's shape open, the warm-up then sees the real one; an input's columns must be stated. */
function fits(side: 'input' | 'output', value: InferenceSession.ValueMetadata, spec: TensorSpec): boolean {
  if (!value.isTensor || value.type !== 'float32') return false;
  const [rows, columns] = value.shape;
  if (side === 'output' && value.shape.length === 0) return true;
  if (value.shape.length !== 2 || typeof rows === 'number') return false;
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
