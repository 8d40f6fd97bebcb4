import { modelSettings, openSession } from '../session';
import { readReleases } from '../../../rollout/kubernetes/release-document';
import { historyTable } from '../render/history';

/** Who put which version of a model into service when and why, oldest first. */
export async function history(
  signal: AbortSignal,
  model: string,
  options: { json?: boolean },
): Promise<void> {
  const session = openSession(signal);
  modelSettings(session, model);
  const stored = await readReleases(session.kubernetes());
  const entries = stored.history.entries.filter((entry) => entry.model === model);
  if (options.json === true) {
    console.log(JSON.stringify(entries, null, 2));
    return;
  }
  if (entries.length === 0) {
    console.log(`${model} was never deployed. Train and deploy it: mlops train ${model}`);
    return;
  }
  console.log(historyTable(entries));
}
