import { readReleases } from '../../../rollout/kubernetes/release-document';
import { layersOf, type Layer } from '../diff/layers';
import { observe } from '../diff/observe';
import { errors } from '../errors';
import { table } from '../render/table';
import { openSession } from '../session';
import { currentStacks } from '../stacks';

const STACK = 'serving';

/**
 * Compares what every layer says with the release list; changes nothing.
 * @throws UserError diverged
 */
export async function diff(signal: AbortSignal, options: { json?: boolean }): Promise<void> {
  const session = openSession(signal, 'mlops diff');
  const stored = await readReleases(session.kubernetes());
  const models = [...new Set([...Object.keys(session.config.models), ...Object.keys(stored.list.models)])];
  const observed = await Promise.all(
    models.map(async (model) => layersOf(model, await observe(session, stored, model))),
  );
  await currentStacks(session);
  const isEmpty = await session.terraform.planIsEmpty(STACK);
  const plan: Layer = {
    model: '–',
    layer: `Terraform stack ${STACK}`,
    wanted: 'an empty plan',
    got: isEmpty ? 'an empty plan' : 'changes; see `npx cdktf diff serving`',
    agrees: isEmpty,
  };
  const layers = [...observed.flat(), plan];
  console.log(
    options.json === true
      ? JSON.stringify(layers, null, 2)
      : table(
          ['', 'model', 'layer', 'release list', 'found'],
          layers.map(({ agrees, model, layer, wanted, got }) => [
            agrees ? '=' : '≠',
            model,
            layer,
            wanted,
            got,
          ]),
        ),
  );
  const differences = layers.filter(({ agrees }) => !agrees).length;
  if (differences > 0) throw errors.diverged(differences);
}
