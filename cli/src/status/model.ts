import { deploymentStack, serving, stateOf, type Releases } from '../../../rollout/releases';
import { withMlflow, type Session } from '../session';
import { canaryStatus, type CanaryStatus } from './canary';
import { readHealth, type ModelHealth } from './health';

export interface ModelStatus {
  readonly model: string;
  readonly serving: string | null;
  /** ISO 8601, UTC. */
  readonly since: string | null;
  readonly standby: readonly string[];
  readonly rollbackTo: string | null;
  readonly image: string | null;
  readonly datasetDigest: string | null;
  readonly gitCommit: string | null;
  readonly averagePrecision: number | null;
  /** MLflow's champion; differs from `serving` only until the next command reconciles it. */
  readonly champion: string | null;
  /** `ok`, or why MLflow could not be queried. */
  readonly mlflow: string;
  readonly health: ModelHealth;
  readonly canary: CanaryStatus | null;
}

export async function modelStatus(session: Session, stored: Releases, model: string): Promise<ModelStatus> {
  const state = stateOf(stored, model);
  const { entries, versions } = state;
  const current = serving(state);
  const previous = deploymentStack(state).findLast(({ version }) => version !== current?.version);
  const [registered, health, canary] = await Promise.all([
    registration(session, model, current?.version),
    readHealth(session, model, versions),
    canaryStatus(session, model, state),
  ]);
  return {
    model,
    serving: current?.version ?? null,
    since: entries.findLast(({ version }) => version === current?.version)?.at ?? null,
    standby: versions.filter(({ weight }) => weight === 0).map(({ version }) => version),
    rollbackTo: previous?.version ?? null,
    image: current?.image ?? null,
    ...registered,
    health,
    canary,
  };
}

type Registration = Pick<
  ModelStatus,
  'datasetDigest' | 'gitCommit' | 'averagePrecision' | 'champion' | 'mlflow'
>;

/** What MLflow knows of the version that serves. */
async function registration(
  session: Session,
  model: string,
  version: string | undefined,
): Promise<Registration> {
  try {
    return await withMlflow(session, async (mlflow) => {
      const versions = await mlflow.versions(model);
      const found = versions.find((each) => each.version === version);
      const metrics = found ? await mlflow.metrics(found.runId) : {};
      return {
        datasetDigest: found?.tags.dataset_digest ?? null,
        gitCommit: found?.tags.git_commit ?? null,
        averagePrecision: metrics.average_precision ?? null,
        champion: versions.find(({ aliases }) => aliases.includes('champion'))?.version ?? null,
        mlflow: 'ok',
      };
    });
  } catch (error) {
    const mlflow = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { datasetDigest: null, gitCommit: null, averagePrecision: null, champion: null, mlflow };
  }
}
