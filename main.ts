import { join } from 'node:path';
import { App } from 'cdktf';
import { CiStack } from './stacks/ci/ci-stack';
import { ClusterStack } from './stacks/cluster/cluster-stack';
import { DataStack } from './stacks/data/data-stack';
import { GuardrailsStack } from './stacks/guardrails/guardrails-stack';
import { MonitoringStack } from './stacks/monitoring/monitoring-stack';
import { RegistryStack } from './stacks/registry/registry-stack';
import { RolloutStack } from './stacks/rollout/rollout-stack';
import { ServingStack } from './stacks/serving/serving-stack';
import { inRegistry, type Catalogue } from './stacks/shared/catalogue';
import { linkCharts } from './stacks/shared/chart';
import { loadConfig } from './stacks/shared/config';
import { useProviderMirror } from './stacks/shared/provider-mirror';
import { TrainingStack } from './stacks/training/training-stack';
import { commitName } from './toolchain/commit';
import {
  imageReference,
  platformImages,
  providerMirror,
  providerVersions,
  resolveSource,
  versionsSetting,
} from './toolchain/index';

const config = loadConfig();
const { source } = resolveSource(config.images.source);
const catalogue: Catalogue = {
  source,
  upstreamVersions: versionsSetting(),
  commit: commitName(),
  image: (name) => inRegistry(imageReference(name, source), config.images.registry),
  grafana: platformImages(source).includes('grafana') ? imageReference('grafana', source) : undefined,
  providers: providerVersions(source),
  providerMirror: providerMirror(source),
};
const props = { platform: { config, catalogue } };

const app = new App();
const cluster = new ClusterStack(app, 'cluster', props);
const guardrails = new GuardrailsStack(app, 'guardrails', props);
const data = new DataStack(app, 'data', props);
const registry = new RegistryStack(app, 'registry', props);
const monitoring = new MonitoringStack(app, 'monitoring', props);
const training = new TrainingStack(app, 'training', props);
const ci = new CiStack(app, 'ci', props);
const serving = new ServingStack(app, 'serving', props);
const rollout = new RolloutStack(app, 'rollout', props);

guardrails.addDependency(cluster);
data.addDependency(guardrails);
registry.addDependency(data);
// Its passwords are made with the others.
monitoring.addDependency(data);
training.addDependency(registry);
// Its builds train from the templates of training.
ci.addDependency(training);
serving.addDependency(data);
// Its evidence is in Prometheus.
rollout.addDependency(monitoring);

app.synth();
const all = [cluster, guardrails, data, registry, monitoring, training, ci, serving, rollout];
for (const { node } of all) {
  const folder = join(app.outdir, 'stacks', node.id);
  linkCharts(folder, config.paths.root);
  useProviderMirror(folder, catalogue);
}
