import { mebibytes } from '../../../contracts/quantity';
import type { Kubernetes } from '../cluster/kubernetes';
import { listWorkloads } from '../cluster/workloads';
import { openSession, withMlflow, type Session } from '../session';
import { deploymentStack, serving, stateOf, type Releases } from '../../../rollout/releases';
import { readReleases } from '../cluster/release-document';
import { table } from '../render/table';

interface ComponentStatus {
  readonly namespace: string;
  readonly name: string;
  readonly ready: number;
  readonly wanted: number;
  /** MiB that its containers may use at most. */
  readonly memoryLimitMib: number;
}

interface ModelStatus {
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
}

/** What runs, since when, its training data and its quality. */
export async function status(signal: AbortSignal, options: { json?: boolean }): Promise<void> {
  const session = openSession(signal);
  const components = await componentStatus(session.kubernetes());
  const stored = await readReleases(session.kubernetes());
  const models = await Promise.all(
    Object.keys(session.config.models).map((model) => modelStatus(session, stored, model)),
  );
  if (options.json === true) {
    console.log(JSON.stringify({ platform: session.config.cluster.name, components, models }, null, 2));
    return;
  }
  console.log(
    table(
      ['component', 'namespace', 'ready', 'memory limit'],
      components.map(({ name, namespace, ready, wanted, memoryLimitMib }) => [
        name,
        namespace,
        `${String(ready)}/${String(wanted)}`,
        `${String(memoryLimitMib)} MiB`,
      ]),
    ),
  );
  for (const each of models) console.log(`\n${describe(each)}`);
}

async function componentStatus(kubernetes: Kubernetes): Promise<readonly ComponentStatus[]> {
  const { deployments, sets } = await listWorkloads(kubernetes);
  return [...deployments, ...sets].map(({ metadata, spec, status: state }) => ({
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
    ready: state?.readyReplicas ?? 0,
    wanted: spec?.replicas ?? 0,
    memoryLimitMib: (spec?.template.spec?.containers ?? [])
      .map(({ resources }) => mebibytes(resources?.limits?.memory ?? '0'))
      .reduce((sum, each) => sum + each, 0),
  }));
}

async function modelStatus(session: Session, stored: Releases, model: string): Promise<ModelStatus> {
  const state = stateOf(stored, model);
  const { entries } = state;
  const current = serving(state);
  const previous = deploymentStack(state).findLast(({ version }) => version !== current?.version);
  const known = {
    model,
    serving: current?.version ?? null,
    since: entries.findLast(({ version }) => version === current?.version)?.at ?? null,
    standby: state.versions.filter(({ weight }) => weight === 0).map(({ version }) => version),
    rollbackTo: previous?.version ?? null,
    image: current?.image ?? null,
  };
  try {
    return await withMlflow(session, async (mlflow) => {
      const versions = await mlflow.versions(model);
      const found = versions.find(({ version }) => version === current?.version);
      const metrics = found ? await mlflow.metrics(found.runId) : {};
      return {
        ...known,
        datasetDigest: found?.tags.dataset_digest ?? null,
        gitCommit: found?.tags.git_commit ?? null,
        averagePrecision: metrics.average_precision ?? null,
        champion: versions.find(({ aliases }) => aliases.includes('champion'))?.version ?? null,
        mlflow: 'ok',
      };
    });
  } catch (error) {
    const mlflow = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { ...known, datasetDigest: null, gitCommit: null, averagePrecision: null, champion: null, mlflow };
  }
}

function describe(each: ModelStatus): string {
  if (each.serving === null)
    return `${each.model}: nothing serves. Train and deploy: mlops train ${each.model}`;
  const champion = each.champion === each.serving ? 'agrees' : `says ${each.champion ?? 'nothing'}`;
  return [
    `${each.model}: version ${each.serving} serves since ${each.since ?? '?'}`,
    `  image              ${each.image ?? '?'}`,
    `  trained on         ${each.datasetDigest ?? '?'} at commit ${each.gitCommit ?? '?'}`,
    `  average precision  ${each.averagePrecision?.toFixed(4) ?? '?'}`,
    `  standby            ${each.standby.join(', ') || 'none'}; rollback target: ${each.rollbackTo ?? 'none'}`,
    `  MLflow champion    ${each.mlflow === 'ok' ? champion : each.mlflow}`,
  ].join('\n');
}
