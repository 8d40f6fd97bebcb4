import { imageReference } from '../../../toolchain/index';
import { errors } from '../errors';
import { outdated, repackageStep } from '../repackaging';
import { deployStep, healStep } from '../releases/rollout';
import { runSteps, type Step } from '../render/steps';
import { openSession, type Session } from '../session';
import { currentStacks } from '../stacks';
import { pipelineImageOf, type TrainingResult } from '../training';
import { imageAndStackSteps } from './train';

/**
 * Makes training and serving what this checkout and the release list say, and proves that nothing is left to change. A
 * model that serves on another model server than this checkout's is put on this one.
 */
export async function reconcile(signal: AbortSignal): Promise<void> {
  const session = openSession(signal, 'mlops reconcile');
  const models = Object.keys(session.config.models);
  await runSteps([
    ...(session.config.inCluster ? stepsInPod(session, models) : imageAndStackSteps(session)),
    { title: 'Write the Terraform stacks', run: () => currentStacks(session) },
    ...models.map((model) => healStep(session, model)),
    { title: 'Apply stack serving', run: (report) => session.terraform.apply('serving', { report }) },
  ]);
  for (const model of models) await bringUpToDate(session, model);
  await runSteps(
    (['training', 'serving'] as const).map((stack) => ({
      title: `Check that nothing is left to change in stack ${stack}`,
      run: async () => {
        if (!(await session.terraform.planIsEmpty(stack))) throw errors.notReconciled(stack);
      },
    })),
  );
}

/** A pod has no container engine: it applies what images of the cluster can run. */
function stepsInPod(session: Session, models: readonly string[]): readonly Step[] {
  return [
    {
      title: 'Check that the cluster has the images',
      run: async () => {
        const wanted = imageReference('pipeline', session.source.source);
        for (const model of models) {
          const found = await pipelineImageOf(session.kubernetes(), model);
          if (tagOf(found) !== tagOf(wanted))
            throw errors.imageNotInCluster('pipeline', found ?? 'no image', wanted);
        }
      },
    },
    {
      title: 'Apply stack training',
      run: async (report) => {
        await currentStacks(session);
        await session.terraform.apply('training', { report });
      },
    },
  ];
}

/** Images are named by a hash of their inputs, whatever registry they come from. */
const tagOf = (image = '') => image.slice(image.lastIndexOf(':') + 1);

async function bringUpToDate(session: Session, model: string): Promise<void> {
  const found = await outdated(session, model);
  if (found === undefined) return;
  let made = '';
  const onResult = ({ version }: TrainingResult) => (made = version);
  await runSteps([repackageStep(session, model, found, onResult)]);
  await runSteps([deployStep(session, model, made)]);
}
