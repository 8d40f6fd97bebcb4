import { StartError, reasonText } from '../errors';
import type { Settings } from '../settings';
import { DATATYPES } from '../tensors/datatype';
import type { TensorValues } from '../tensors/datatype';
import { placeRows } from '../tensors/rows';
import type { Feature } from './features';
import { isEnsemble } from './ensemble-check';
import { checkGraph } from './graph';
import type { InputSpec, ModelMetadata } from './metadata';
import { MicroBatchRunner } from './micro-batch';
import type { MicroBatchLimits } from './micro-batch';
import { readPackage } from './package';
import type { ModelPackage } from './package';
import type { Reference } from './reference';
import type { Runner, Session } from './runner';
import { proveByPackage, proveTrees, runnerOf } from './trees/prove-trees';
import { compileTrees } from './trees/compile';
import type { CompiledTrees } from './trees/compile';
import type { NotCompiled } from './trees/not-compiled';
import type { ProvenTrees } from './trees/prove-trees';

/** A model that passed its warm-up, ready to serve. */
export interface Model extends Runner {
  readonly metadata: ModelMetadata;
  readonly version: string;
  readonly reference: Reference;
  readonly scorer: Scorer;
  /** Why compiling the trees failed, if it was tried. */
  readonly notCompiled: NotCompiled | undefined;
  /** When the trees were compared with ONNX Runtime; undefined if that serves itself. */
  readonly provenAt: 'packaging' | 'start' | undefined;
}

/** What computes the scores. */
export type Scorer = 'trees' | 'onnxruntime';

/** How a model is run. */
export interface RunOptions {
  readonly runtime: Settings['runtime'];
  /** ONNX Runtime only: compiled trees gain nothing from it. */
  readonly batching: MicroBatchLimits;
}

const DEFAULTS: RunOptions = { runtime: 'auto', batching: { maxRows: 64, maxWaitMilliseconds: 0 } };

/** Single-row runs before ready, so that no request pays for lazy initialization. */
const WARM_UP_RUNS = 20;

/**
 * Loads, verifies and warms up a packaged model.
 *
 * @throws {StartError} with the reason why the package cannot be served.
 */
export async function loadModel(folder: string, version: string, options = DEFAULTS): Promise<Model> {
  return openModel(await readPackage(folder), version, options);
}

/**
 * Opens and warms up a package already read.
 *
 * @throws {StartError} as {@link loadModel}.
 */
export async function openModel(
  modelPackage: ModelPackage,
  version: string,
  { runtime, batching }: RunOptions,
): Promise<Model> {
  const { metadata, reference, onnx } = modelPackage;
  const compiled = runtime === 'auto' ? compileTrees(onnx, metadata) : undefined;
  const isCompiled = compiled !== undefined && 'scorer' in compiled;
  checkGraph(onnx, metadata.opset, (operator) => isCompiled && isEnsemble(operator));
  const trees = compiled && proveByPackage(compiled, modelPackage);
  const { runner, ...chosen } =
    trees !== undefined && 'parity' in trees
      ? servingTrees(trees, 'packaging')
      : await chooseRunner(modelPackage, trees, batching);
  const model: Model = {
    metadata,
    version,
    reference,
    ...chosen,
    run: (inputs, rows, outputs) => runner.run(inputs, rows, outputs),
  };
  await warmUp(model);
  return model;
}

interface ChosenRunner extends Pick<Model, 'scorer' | 'notCompiled' | 'provenAt'> {
  readonly runner: Runner;
}

function servingTrees({ scorer }: ProvenTrees, provenAt: Model['provenAt']): ChosenRunner {
  return { runner: runnerOf(scorer), scorer: 'trees', notCompiled: undefined, provenAt };
}

/** Compiled trees if their scores match ONNX Runtime's, else ONNX Runtime. */
async function chooseRunner(
  modelPackage: ModelPackage,
  compiled: CompiledTrees | NotCompiled | undefined,
  batching: MicroBatchLimits,
): Promise<ChosenRunner> {
  const { metadata } = modelPackage;
  // Only here: its library is most of the memory of a server that does without.
  const { openSession } = await import('./session');
  const session = await openSession(modelPackage);
  const trees = compiled && (await proveTrees(compiled, referenceOf(session, metadata)));
  if (trees !== undefined && 'parity' in trees) {
    await session.release();
    return servingTrees(trees, 'start');
  }
  const runner = new MicroBatchRunner(session, metadata.inputs, batching);
  return { runner, scorer: 'onnxruntime', notCompiled: trees, provenAt: undefined };
}

/** The session's scores of some rows. */
function referenceOf(session: Session, { outputs }: ModelMetadata) {
  return async (values: Float32Array, rows: number): Promise<Float32Array> => {
    const [score] = await session.run([values], rows, outputs);
    return score?.values as Float32Array;
  };
}

async function warmUp(model: Model): Promise<void> {
  const { inputs, outputs } = model.metadata;
  const row = inputs.map(plausibleRow);
  const twice = inputs.map((input, index) => {
    const values = DATATYPES[input.datatype].allocate(2 * input.features.length);
    for (const each of [0, 1]) placeRows(values, row[index] ?? [], each, input.features.length);
    return values;
  });
  try {
    for (let i = 0; i < WARM_UP_RUNS; i++) await model.run(row, 1, outputs);
    await model.run(twice, 2, outputs);
  } catch (error) {
    throw new StartError(
      'warm-up-failed',
      {
        what: 'the model does not answer its warm-up',
        got: reasonText(error),
        expected: 'finite outputs of the shape that model.json states',
        fix: 'Check the exported graph against its signature and package the model again.',
      },
      { cause: error },
    );
  }
}

/** One row of allowed values. */
function plausibleRow({ datatype, features }: InputSpec): TensorValues {
  const values = DATATYPES[datatype].allocate(features.length);
  features.forEach((feature, column) => {
    if (Array.isArray(values))
      values[column] = feature.type === 'category' ? (feature.categories[0] ?? '') : '';
    else if (values instanceof BigInt64Array || values instanceof BigUint64Array)
      values[column] = BigInt(plausibleValue(feature));
    else values[column] = plausibleValue(feature);
  });
  return values;
}

/** The allowed value nearest to zero. */
function plausibleValue(feature: Feature): number {
  return feature.type === 'category' ? 0 : Math.min(Math.max(0, feature.min), feature.max);
}
