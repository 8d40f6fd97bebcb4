import { readReleases } from '../../../rollout/kubernetes/release-document';
import { errors } from '../errors';
import { readLogs } from '../logs/read';
import { podNames } from '../logs/pods';
import { describeTrace } from '../render/trace';
import { openSession, withMlflow } from '../session';
import { readPrediction } from '../trace/prediction';
import { traceBack } from '../trace/trace';

/** As far back as kubelet keeps logs; it drops them by size. */
const LOGS_SECONDS = 30 * 86_400;

/** From a prediction back to pod, image, run, data and commit. */
export async function trace(signal: AbortSignal, id: string, options: { json?: boolean }): Promise<void> {
  const session = openSession(signal);
  const kubernetes = session.kubernetes();
  const found = await traceBack(
    {
      prediction: (prediction) => readPrediction(session, prediction),
      logs: (model, request) => readLogs(kubernetes, LOGS_SECONDS, { model, request }),
      podNames: (model) => podNames(kubernetes, model),
      releases: () => readReleases(kubernetes),
      versions: (model) => withMlflow(session, (mlflow) => mlflow.versions(model)),
    },
    id,
  );
  console.log(options.json === true ? JSON.stringify(found, null, 2) : describeTrace(found));
  if (found.prediction.state === 'missing') throw errors.notTraced(id, found.prediction.reason);
}
