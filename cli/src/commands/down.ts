import { rmSync } from 'node:fs';
import { cacheFolder, purgeEngine } from '../../../toolchain/index';
import { removeCluster } from '../cluster/lifecycle';
import { orUndefined } from '../cluster/kubernetes';
import { openPlatform, type Platform } from '../platform';
import { runSteps } from '../render/steps';
import { STACKS } from './up';

/** Removes the platform with all its data: the kind cluster, or on an existing one everything that `up` made. */
export async function down(signal: AbortSignal, options: { purge?: boolean }): Promise<void> {
  const platform = openPlatform(signal);
  const existing = platform.config.cluster.type === 'existing';
  await runSteps([
    ...(existing ? destroySteps(platform) : []),
    { title: 'Remove the cluster and its files', run: () => removeCluster(platform) },
    {
      title: 'Remove the synthesized stacks',
      run: () => {
        rmSync(platform.terraform.output, { recursive: true, force: true });
        return Promise.resolve();
      },
    },
    {
      title: 'Remove caches',
      skip: () =>
        options.purge === true ? false : `kept in ${cacheFolder()}: \`make down PURGE=1\` removes them`,
      run: async () => {
        await purgeEngine();
        rmSync(cacheFolder(), { recursive: true, force: true });
      },
    },
  ]);
}

/** The kubernetes provider leaves an existing cluster as it was before `up`, without our namespaces. */
function destroySteps(platform: Platform) {
  const stacks = STACKS.filter((stack) => stack !== 'cluster').reverse();
  return [
    { title: 'Write the Terraform stacks', run: () => platform.terraform.synthesize() },
    ...stacks.map((stack) => ({
      title: `Destroy stack ${stack}`,
      run: (report: (line: string) => void) => platform.terraform.destroy(stack, report),
    })),
    {
      title: 'Remove the state',
      run: async () => {
        const { core } = platform.kubernetes();
        await orUndefined(core.deleteNamespace({ name: 'mlops-system' }));
      },
    },
  ];
}
