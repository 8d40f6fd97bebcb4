import { deployStep, parseModelVersion } from '../releases/rollout';
import { runSteps } from '../render/steps';
import { openSession } from '../session';

/** Deploys one registered version beside the one that serves, then sends it all the traffic. */
export async function deploy(signal: AbortSignal, modelVersion: string): Promise<void> {
  const { model, version } = parseModelVersion(modelVersion);
  const session = openSession(signal, `mlops deploy ${modelVersion}`);
  await runSteps([deployStep(session, model, version)]);
}
