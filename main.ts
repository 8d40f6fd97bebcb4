import { join } from 'node:path';
import { App } from 'cdktf';
import { CiStack } from './stacks/training/training-stack';
import { ClusterStack } from './stacks/cluster/cluster-stack';
import { GuardrailsStack } from './stacks/guardrails/guardrails-stack';
import { RegistryStack } from './stacks/registry/registry-stack';
import { ServingStack } from './stacks/serving/serving-stack';
import { catalogueFor } from './stacks/shared/catalogue';
import { loadConfig } from './stacks/shared/config';
import { useProviderMirror } from './stacks/shared/provider-mirror';

const config = loadConfig();
const catalogue = catalogueFor(config.images);
const props = { platform: { config, catalogue } };

const app = new App();
const cluster = new ClusterStack(app, 'cluster', props);
const guardrails = new GuardrailsStack(app, 'guardrails', props);
const registry = new RegistryStack(app, 'registry', props);
const ci = new CiStack(app, 'ci', props);
const serving = new ServingStack(app, 'serving', props);

guardrails.addDependency(cluster);
registry.addDependency(guardrails);
ci.addDependency(registry);
serving.addDependency(guardrails);

app.synth();
for (const { node } of [cluster, guardrails, registry, ci, serving]) {
  useProviderMirror(join(app.outdir, 'stacks', node.id), catalogue);
}
