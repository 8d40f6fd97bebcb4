import { rollbackStep } from '../releases/rollout';
import { runSteps } from '../render/steps';
import { openSession } from '../session';

/** Brings back the version that served before the current one, or the one named. */
export async function rollback(signal: AbortSignal, model: string, options: { to?: string }): Promise<void> {
  const session = openSession(signal, `mlops rollback ${model}`);
  await runSteps([rollbackStep(session, model, options.to)]);
}
