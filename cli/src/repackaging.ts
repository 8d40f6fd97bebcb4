import { readReleases } from '../../rollout/kubernetes/release-document';
import type { Step } from './render/steps';
import { withMlflow, type Session } from './session';
import {
  followTraining,
  gitCommit,
  modelServerOf,
  reporting,
  startRun,
  type TrainingResult,
} from './training';
import { serving, stateOf } from '../../rollout/releases';

/** A version that serves on another model server than trainings use now. */
export interface Outdated {
  readonly version: string;
  /** repository:tag; undefined for versions that do not say. */
  readonly from: string | undefined;
  readonly to: string;
}

/** What serves `model` on another model server than new versions get; undefined when nothing does. */
export async function outdated(session: Session, model: string): Promise<Outdated | undefined> {
  const champion = serving(stateOf(await readReleases(session.kubernetes()), model));
  const to = await modelServerOf(session.kubernetes(), model);
  if (champion === undefined || to === undefined) return undefined;
  const { version } = champion;
  const versions = await withMlflow(session, (mlflow) => mlflow.versions(model));
  const from = versions.find((each) => each.version === version)?.tags.model_server;
  return from === to ? undefined : { version, from, to };
}

/** Puts a version's package on the model server that trainings use, as a version of its own. */
export function repackageStep(
  session: Session,
  model: string,
  { version, to }: Outdated,
  onResult: (result: TrainingResult) => void,
): Step {
  return {
    title: `Put ${model} version ${version} on ${to}`,
    run: async (report) => {
      const kubernetes = session.kubernetes();
      const args = ['--version', version];
      const run = { model, verb: 'repackage', args, gitCommit: gitCommit() } as const;
      const job = await startRun(kubernetes, run);
      const result = await followTraining(kubernetes, model, job, session.signal, reporting(report));
      onResult(result);
      return `${model} version ${result.version} is version ${version} on ${to}`;
    },
  };
}
