import { enforcementInWords, knownEnforcement } from '../cluster/network-policies';
import { readReleases } from '../../../rollout/kubernetes/release-document';
import { componentTable, describeModel } from '../render/status';
import { openSession } from '../session';
import { componentStatus } from '../status/components';
import { modelStatus } from '../status/model';

/** What runs, since when, its training data, and how well it does. */
export async function status(signal: AbortSignal, options: { json?: boolean }): Promise<void> {
  const session = openSession(signal);
  const components = await componentStatus(session.kubernetes());
  const stored = await readReleases(session.kubernetes());
  const models = await Promise.all(
    Object.keys(session.config.models).map((model) => modelStatus(session, stored, model)),
  );
  const policies = await knownEnforcement(session.kubernetes());
  if (options.json === true) {
    const networkPolicies =
      policies === undefined ? 'unknown' : policies.enforced ? 'enforced' : 'not enforced';
    const platform = session.config.cluster.name;
    console.log(JSON.stringify({ platform, networkPolicies, components, models }, null, 2));
    return;
  }
  console.log(componentTable(components));
  console.log(`\n${enforcementInWords(policies)}`);
  for (const each of models) console.log(`\n${describeModel(each)}`);
}
