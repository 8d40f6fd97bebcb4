import { openPlatform } from '../platform';
import { rollbackSteps } from '../releases/deploy';
import { runSteps } from '../render/steps';
import { currentStacks } from '../stacks';

/** Brings back the version that served before the current one, or the one named. */
export async function rollback(signal: AbortSignal, model: string, options: { to?: string }): Promise<void> {
  const platform = openPlatform(signal);
  const steps = rollbackSteps(platform, model, options.to);
  await currentStacks(platform);
  await runSteps(steps);
}
