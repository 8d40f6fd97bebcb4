import { modelSettings, openPlatform } from '../platform';
import { deploySteps, parseModelVersion } from '../releases/deploy';
import { runSteps } from '../render/steps';
import { currentStacks } from '../stacks';

/** Deploys one registered version beside the one that serves, then sends it all the traffic. */
export async function deploy(signal: AbortSignal, modelVersion: string): Promise<void> {
  const { model, version } = parseModelVersion(modelVersion);
  const platform = openPlatform(signal);
  modelSettings(platform, model);
  await currentStacks(platform);
  await runSteps(deploySteps(platform, model, version));
}
