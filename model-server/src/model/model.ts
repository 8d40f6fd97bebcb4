import { StartError, reasonText } from '../errors';
import { DATATYPES } from '../tensors/datatype';
import type { TensorValues } from '../tensors/datatype';
import { placeRows } from '../tensors/rows';
import type { Feature } from './features';
import { checkGraph } from './graph';
import type { InputSpec, ModelMetadata } from './metadata';
import { MicroBatchRunner } from './micro-batch';
import type { MicroBatchLimits } from './micro-batch';
import { readPackage } from './package';
import type { ModelPackage } from './package';
import type { Reference } from './reference';
import { openSession } from './session';
import type { Runner } from './session';

/** A model that has answered its warm-up: all that the protocol needs to serve it. */
export interface Model extends Runner {
  readonly metadata: ModelMetadata;
  readonly version: string;
  readonly reference: Reference;
}

/** How a model is run. */
export interface RunOptions {
  readonly batching: MicroBatchLimits;
}

const DEFAULTS: RunOptions = { batching: { maxRows: 64, maxWaitMilliseconds: 0 } };

/** Single-row runs before ready, enough for the first request not to pay for lazy initialisation. */
const WARM_UP_RUNS = 20;

/**
 * Loads, verifies and warms up a packaged model.
 *
 * @throws {StartError} names the reason why the package cannot be served.
 */
export async function loadModel(folder: string, version: string, options = DEFAULTS): Promise<Model> {
  return openModel(await readPackage(folder), version, options);
}

/**
 * Opens and warms up a package that was read.
 *
 * @throws {StartError} as {@link loadModel}.
 */
export async function openModel(
  modelPackage: ModelPackage,
  version: string,
  { batching }: RunOptions,
): Promise<Model> {
  const { metadata, reference, onnx } = modelPackage;
  checkGraph(onnx, metadata.opset);
  const session = await openSession(modelPackage);
  const runner = new MicroBatchRunner(session, metadata.inputs, batching);
  const model: Model = {
    metadata,
    version,
    reference,
    run: (inputs, rows, outputs) => runner.run(inputs, rows, outputs),
  };
  await warmUp(model);
  return model;
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
