import { deployStep, parseModelVersion } from '../releases/rollout';
import { runSteps } from '../render/steps';
import { openSession } from '../session';

/** Starts a registered version without traffic, then sends it all traffic. */
export async function deploy(signal: AbortSignal, modelVersion: string): Promise<void> {
  const { model, version } = parseModelVersion(modelVersion);
  const session = openSession(signal, `mlops deploy ${modelVersion}`);
  await runSteps([deployStep(session, model, version)]);
}
