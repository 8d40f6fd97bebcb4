import { isBuildImage } from '../../../contracts/images';
import {
  cacheFolder,
  containerPlatform,
  ignoredTerraform,
  imageReference,
  preparationSteps,
} from '../../../toolchain/index';
import { inRegistry } from '../../../stacks/shared/catalogue';
import { enforcementInWords, tryEnforcement } from '../cluster/network-policies';
import { checkRequirements } from '../cluster/requirements';
import { qualityModels } from '../../../stacks/shared/quality-models';
import { allImages, imageSteps, publishModelServer } from '../cluster/images';
import { clusterRuns, ensureCluster } from '../cluster/lifecycle';
import { hasLogin, registryLogin, shareRegistryLogin } from '../cluster/registry-login';
import { restoreReplicas, waitForComponents } from '../cluster/readiness';
import { openSession, withMlflow, type Session } from '../session';
import { predictExample } from '../prediction';
import { checkPorts, checkResources, hostResources } from '../preflight';
import { readReleases } from '../../../rollout/kubernetes/release-document';
import { deployStep, healStep } from '../releases/rollout';
import { serving, stateOf } from '../../../rollout/releases';
import { meanwhile, runSteps, type Step } from '../render/steps';
import { ciTrainStep } from '../ci-training';
import type { TrainingResult } from '../training';
import { trainSteps } from './train';

/** Terraform stacks in the order in which they need each other. */
export const STACKS = [
  'cluster',
  'guardrails',
  'data',
  'registry',
  'monitoring',
  'training',
  'ci',
  'serving',
  'rollout',
] as const;

/** Brings the platform up. Idempotent: each step is skipped if already done. */
export async function up(signal: AbortSignal): Promise<void> {
  const session = openSession(signal, 'mlops up');
  const { config, source } = session;
  // Read again for the stacks; a mistake is better told before anything is made.
  qualityModels(config);
  const images = allImages(session);
  // Half of the time of loading is theirs, and nothing runs in them before the CI does.
  const imagesOfBuilds = meanwhile(() => imageSteps(session, images.filter(isBuildImage)));
  console.log(`Platform ${config.cluster.name}: images from ${source.source} (${source.why})`);
  console.log(`Tools and images are kept in ${cacheFolder()}`);
  await runSteps([
    {
      title: config.cluster.type === 'kind' ? 'Check the machine' : 'Check the cluster',
      run: async () => {
        if (config.cluster.type === 'kind') checkResources(hostResources, cacheFolder());
        else {
          // Its files, before they are needed.
          registryLogin(config);
          await checkRequirements(session.kubernetes(), containerPlatform.arch);
        }
      },
    },
    {
      title: 'Prepare tools and images',
      steps: () => preparationSteps(source.source, signal, { images, cluster: config.cluster.type }),
    },
    {
      title: 'Create the cluster',
      run: async (report) => {
        if (!(await clusterRuns(session))) await checkPorts(hostResources, config.ports);
        return ensureCluster(session, report);
      },
    },
    {
      title: 'Load images into the cluster',
      steps: () =>
        imageSteps(
          session,
          images.filter((name) => !isBuildImage(name)),
        ),
    },
    {
      title: 'Write the Terraform stacks',
      run: () => {
        imagesOfBuilds.start();
        return session.terraform.synthesize();
      },
    },
    ...STACKS.flatMap((stack) => [
      ...(stack === 'training' ? [{ title: 'Load images of builds', steps: imagesOfBuilds.steps }] : []),
      // A version that never becomes ready would block this apply, too.
      ...(stack === 'serving' ? Object.keys(config.models).map((model) => healStep(session, model)) : []),
      applyStep(session, stack),
      ...(stack === 'guardrails' && hasLogin(config) ? [loginStep(session)] : []),
    ]),
    {
      title: 'Wait until every component is ready',
      run: async (report) => {
        const restored = await restoreReplicas(session.kubernetes(), config);
        await waitForComponents(session.kubernetes(), signal, report);
        return restored.length === 0 ? 'Every component is ready' : `Started again: ${restored.join(', ')}`;
      },
    },
    {
      title: 'Try whether network policies are enforced',
      run: async () => {
        const image = inRegistry(imageReference('model-server', source.source), config.images.registry);
        return enforcementInWords(await tryEnforcement(session.kubernetes(), image));
      },
    },
    { title: 'Publish the model server', run: () => publishModelServer(session) },
  ]);
  for (const model of Object.keys(config.models)) await bringUpModel(session, model);
  const ignored = ignoredTerraform();
  if (ignored !== undefined) console.log(plainCdktf(ignored, session.terraform.binary));
}

/** What `mlops` sets for itself, whoever runs cdktf has to. */
function plainCdktf(ignored: string, binary: string): string {
  return `${ignored} on PATH is not used: the pinned providers work with 1.6 up to 1.11. Before plain \`npx cdktf\`, run: export TERRAFORM_BINARY_NAME=${binary}`;
}

function loginStep(session: Session): Step {
  return {
    title: `Give nodes the login of ${session.config.images.registry ?? ''}`,
    run: () => shareRegistryLogin(session.kubernetes(), session.config),
  };
}

function applyStep(session: Session, stack: (typeof STACKS)[number]): Step {
  return { title: `Apply stack ${stack}`, run: (report) => session.terraform.apply(stack, { report }) };
}

/** Trains a first version if there is none, deploys it if nothing serves, and asks the model for an answer. */
async function bringUpModel(session: Session, model: string): Promise<void> {
  const releases = await readReleases(session.kubernetes());
  if (serving(stateOf(releases, model))) {
    // MLflow may have been down when the serving stack was healed.
    await runSteps([healStep(session, model)]);
  } else {
    const versions = await withMlflow(session, (mlflow) => mlflow.versions(model));
    const packaged = versions.find(({ tags }) => tags.image_digest !== undefined);
    let version = packaged?.version;
    if (version === undefined) {
      const onResult = (result: TrainingResult) => (version = result.version);
      await runSteps(
        session.config.ci.enabled
          ? [ciTrainStep(session, model, { onResult })]
          : trainSteps(session, model, { args: [], onResult }),
      );
    }
    await runSteps([deployStep(session, model, version ?? '')]);
  }
  await runSteps([{ title: `Ask ${model} for a prediction`, run: () => predictExample(session, model) }]);
}
