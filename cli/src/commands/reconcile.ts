import { errors } from '../errors';
import { healStep } from '../releases/rollout';
import { runSteps } from '../render/steps';
import { openSession } from '../session';
import { currentStacks } from '../stacks';

/** Makes serving what the release list says, and proves that nothing is left to change. */
export async function reconcile(signal: AbortSignal): Promise<void> {
  const session = openSession(signal, 'mlops reconcile');
  await runSteps([
    { title: 'Write the Terraform stacks', run: () => currentStacks(session) },
    ...Object.keys(session.config.models).map((model) => healStep(session, model)),
    { title: 'Apply stack serving', run: (report) => session.terraform.apply('serving', { report }) },
    {
      title: 'Check that nothing is left to change',
      run: async () => {
        if (!(await session.terraform.planIsEmpty('serving'))) throw errors.notReconciled();
      },
    },
  ]);
}
