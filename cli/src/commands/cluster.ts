import { join } from 'node:path';
import { preparationSteps } from '../../../toolchain/index';
import { allImages, imageSteps } from '../cluster/images';
import { ensureCluster, removeKindCluster } from '../cluster/lifecycle';
import { openSession } from '../session';
import { runSteps } from '../render/steps';

/** What the cluster stack runs on create: the cluster, with every image in it. Does nothing after `mlops up`. */
export async function clusterEnsure(signal: AbortSignal): Promise<void> {
  const session = openSession(signal);
  await runSteps([
    { title: 'Prepare tools and images', steps: () => preparationSteps(session.source.source, signal) },
    { title: 'Create the cluster', run: (report) => ensureCluster(session, report) },
    { title: 'Load images into the cluster', steps: () => imageSteps(session, allImages(session)) },
  ]);
}

/** What the cluster stack runs on destroy, when platform.yaml may already name another cluster. */
export async function clusterRemove(signal: AbortSignal, name: string): Promise<void> {
  const session = openSession(signal);
  const { config } = session;
  const work = join(config.paths.root, '.mlops', name);
  const paths = { ...config.paths, work, kubeconfig: join(work, 'kubeconfig') };
  await removeKindCluster({
    ...session,
    config: { ...config, cluster: { ...config.cluster, name }, paths },
  });
}
