import { preparationSteps } from '../../../toolchain/index';
import { allImages, imageSteps, publishModelServer } from '../cluster/images';
import { ciTrainStep } from '../ci-training';
import { modelSettings, openSession, type Session } from '../session';
import { runSteps, type Step } from '../render/steps';
import { followTraining, gitCommit, reporting, startRun, type TrainingResult } from '../training';

export interface TrainOptions {
  /** Further arguments of the pipeline, such as `--as-of 2026-03-01`. */
  readonly args: readonly string[];
  readonly onResult: (result: TrainingResult) => void;
}

/** Trains a model in the cluster: with the pipeline and the model code as they are in this checkout. */
export async function train(
  signal: AbortSignal,
  model: string,
  options: { asOf?: string; set?: string[]; json?: boolean; local?: boolean },
): Promise<void> {
  const session = openSession(signal, `mlops train ${model}`);
  const { ci, inCluster } = session.config;
  const args = [
    ...(options.asOf === undefined ? [] : ['--as-of', options.asOf]),
    ...(options.set ?? []).flatMap((each) => ['--set', each]),
  ];
  modelSettings(session, model);
  let result: TrainingResult | undefined;
  const onResult = (each: TrainingResult) => (result = each);
  const steps =
    ci.enabled && options.local !== true
      ? [ciTrainStep(session, model, { asOf: options.asOf, set: options.set, onResult })]
      : [
          ...(inCluster ? [] : imageAndStackSteps(session)),
          ...trainSteps(session, model, { args, onResult }),
        ];
  await runSteps(steps);
  if (options.json === true) console.log(JSON.stringify(result));
  else console.log(`Trained. Next: ./mlops deploy ${model}@${result?.version ?? '?'}`);
}

/** Brings the pipeline, with the models' code as it is in this checkout, into the cluster. A pod has no engine. */
export function imageAndStackSteps(session: Session): readonly Step[] {
  return [
    {
      title: 'Bring the pipeline image up to date',
      steps: () =>
        preparationSteps(session.source.source, session.signal, {
          images: allImages(session),
          cluster: session.config.cluster.type,
        }),
    },
    { title: 'Load it into the cluster', steps: () => imageSteps(session, ['pipeline']) },
    {
      title: 'Apply stack training',
      run: async (report) => {
        await session.terraform.synthesize();
        await session.terraform.apply('training', { report });
      },
    },
    { title: 'Publish the model server', run: () => publishModelServer(session) },
  ];
}

export function trainSteps(
  session: Session,
  model: string,
  { args, onResult }: TrainOptions,
): readonly Step[] {
  return [
    {
      title: `Train ${model}`,
      run: async (report) => {
        const kubernetes = session.kubernetes();
        const job = await startRun(kubernetes, { model, args, gitCommit: gitCommit() });
        const result = await followTraining(kubernetes, model, job, session.signal, reporting(report));
        onResult(result);
        const ap = result.metrics.average_precision;
        const quality = ap === undefined ? '' : `, average precision ${ap.toFixed(3)}`;
        return `Trained ${model} version ${result.version}${quality}`;
      },
    },
  ];
}
