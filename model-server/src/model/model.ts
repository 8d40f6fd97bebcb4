import { StartError, reasonText } from '../errors';
import type { Feature } from './features';
import { checkGraph } from './graph';
import type { ModelMetadata } from './metadata';
import { readPackage } from './package';
import { openSession } from './session';
import type { Runner } from './session';

/** A model that has answered its warm-up: all that the protocol needs to serve it. */
export interface Model extends Runner {
  readonly metadata: ModelMetadata;
  readonly version: string;
}

/** Single-row runs before ready, enough for the first request not to pay for lazy initialisation. */
const WARM_UP_RUNS = 20;

/**
 * Loads, verifies and warms up a packaged model.
 *
 * @throws {StartError} names the reason why the package cannot be served.
 */
export async function loadModel(folder: string, version: string): Promise<Model> {
  const modelPackage = await readPackage(folder);
  checkGraph(modelPackage.onnx);
  const { metadata } = modelPackage;
  const runner = await openSession(modelPackage);
  const model: Model = {
    metadata,
    version,
    run: (values, rows, outputs) => runner.run(values, rows, outputs),
  };
  await warmUp(model);
  return model;
}

async function warmUp(model: Model): Promise<void> {
  const { features, outputs } = model.metadata;
  const row = features.map(plausibleValue);
  try {
    for (let i = 0; i < WARM_UP_RUNS; i++) await model.run(Float32Array.from(row), 1, outputs);
    await model.run(Float32Array.from([...row, ...row]), 2, outputs);
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

/** The allowed value nearest to zero. */
function plausibleValue(feature: Feature): number {
  return feature.type === 'category' ? 0 : Math.min(Math.max(0, feature.min), feature.max);
}
