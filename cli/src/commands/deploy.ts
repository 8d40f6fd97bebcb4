import { canarySteps } from '../releases/canary';
import { deployStep, parseModelVersion } from '../releases/rollout';
import { runSteps } from '../render/steps';
import { openSession } from '../session';

/** Starts a registered version without traffic, then sends it all traffic, or by and by what its plan says. */
export async function deploy(
  signal: AbortSignal,
  modelVersion: string,
  { canary }: { canary?: boolean },
): Promise<void> {
  const { model, version } = parseModelVersion(modelVersion);
  const session = openSession(signal, `mlops deploy ${modelVersion}${canary === true ? ' --canary' : ''}`);
  await runSteps(
    canary === true ? canarySteps(session, model, version) : [deployStep(session, model, version)],
  );
}
