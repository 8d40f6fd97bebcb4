import { join } from 'node:path';
import { preparationSteps } from '../../../toolchain/index';
import { allImages, imageSteps } from '../cluster/images';
import { ensureCluster, removeKindCluster } from '../cluster/lifecycle';
import { openSession } from '../session';
import { runSteps } from '../render/steps';
import { APPLIED_BY_MLOPS } from '../terraform';

/**
 * Run by the cluster stack on create: the cluster, with every image in it. Does nothing for `mlops up`, which has made the
 * cluster and still loads images.
 */
export async function clusterEnsure(signal: AbortSignal): Promise<void> {
  if (process.env[APPLIED_BY_MLOPS] !== undefined) return;
  const session = openSession(signal);
  await runSteps([
    {
      title: 'Prepare tools and images',
      steps: () =>
        preparationSteps(session.source.source, signal, {
          images: allImages(session),
          cluster: session.config.cluster.type,
        }),
    },
    { title: 'Create the cluster', run: (report) => ensureCluster(session, report) },
    { title: 'Load images into the cluster', steps: () => imageSteps(session, allImages(session)) },
  ]);
}

/** Run by the cluster stack on destroy; platform.yaml may already name another cluster by then. */
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
