import { cacheFolder, preparationSteps } from '../../../toolchain/index';
import { clearPendingReleases } from '../cluster/helm-releases';
import { allImages, imageSteps, publishModelServer } from '../cluster/images';
import { clusterRuns, ensureCluster } from '../cluster/lifecycle';
import { restoreReplicas, waitForComponents } from '../cluster/readiness';
import { openPlatform, withMlflow, type Platform } from '../platform';
import { predictExample } from '../prediction';
import { checkPorts, checkResources, hostResources } from '../preflight';
import { deploySteps, reconcileAlias } from '../releases/deploy';
import { serving } from '../releases/release-list';
import { readReleases } from '../releases/release-store';
import { runSteps, type Step } from '../render/steps';
import { trainSteps } from './train';

/** Terraform stacks in the order in which they need each other. */
export const STACKS = ['cluster', 'guardrails', 'data', 'registry', 'training', 'serving'] as const;

/** Brings the platform up, or whatever of it is missing: every step looks at what exists. */
export async function up(signal: AbortSignal): Promise<void> {
  const platform = openPlatform(signal);
  const { config, source } = platform;
  console.log(`Platform ${config.cluster.name}: images from ${source.source} (${source.why})`);
  console.log(`Tools and images are kept in ${cacheFolder()}`);
  await runSteps([
    {
      title: 'Check the machine',
      run: () => {
        if (config.cluster.type === 'kind') checkResources(hostResources, cacheFolder());
        return Promise.resolve();
      },
    },
    { title: 'Prepare tools and images', steps: () => preparationSteps(source.source, signal) },
    {
      title: 'Create the cluster',
      run: async (report) => {
        if (!(await clusterRuns(platform))) await checkPorts(hostResources, config.ports);
        return ensureCluster(platform, report);
      },
    },
    { title: 'Load images into the cluster', steps: () => imageSteps(platform, allImages(platform)) },
    {
      title: 'Write the Terraform stacks',
      run: async () => {
        await platform.terraform.synthesize();
        const cleared = await clearPendingReleases(platform.kubernetes());
        return cleared.length === 0
          ? undefined
          : `Wrote the stacks; cleared what was cut off: ${cleared.join(', ')}`;
      },
    },
    ...STACKS.map((stack) => applyStep(platform, stack)),
    {
      title: 'Wait until every component is ready',
      run: async (report) => {
        const restored = await restoreReplicas(platform.kubernetes(), config);
        await waitForComponents(platform.kubernetes(), signal, report);
        return restored.length === 0 ? 'Every component is ready' : `Started again: ${restored.join(', ')}`;
      },
    },
    { title: 'Publish the model server', run: () => publishModelServer(platform) },
  ]);
  for (const model of Object.keys(config.models)) await bringUpModel(platform, model);
}

function applyStep(platform: Platform, stack: (typeof STACKS)[number]): Step {
  return { title: `Apply stack ${stack}`, run: (report) => platform.terraform.apply(stack, report) };
}

/** Trains a first version if there is none, deploys it if nothing serves, and asks the model for an answer. */
async function bringUpModel(platform: Platform, model: string): Promise<void> {
  const { list } = await readReleases(platform.kubernetes());
  if (serving(list, model)) {
    await runSteps([
      { title: `MLflow agrees on what serves ${model}`, run: () => reconcileAlias(platform, list, model) },
    ]);
  } else {
    const versions = await withMlflow(platform, (mlflow) => mlflow.versions(model));
    const packaged = versions.find(({ tags }) => tags.image_digest !== undefined);
    let version = packaged?.version;
    if (version === undefined) {
      await runSteps(
        trainSteps(platform, model, { args: [], onResult: (result) => (version = result.version) }),
      );
    }
    await runSteps(deploySteps(platform, model, version ?? ''));
  }
  await runSteps([{ title: `Ask ${model} for a prediction`, run: () => predictExample(platform, model) }]);
}
