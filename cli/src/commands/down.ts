import { rmSync } from 'node:fs';
import { NAMESPACE } from '../../../contracts/namespaces';
import { cacheFolder, purgeEngine } from '../../../toolchain/index';
import { removeCluster } from '../cluster/lifecycle';
import { removeNamespace } from '../cluster/namespaces';
import { openSession, type Session } from '../session';
import { runSteps } from '../render/steps';
import { STACKS } from './up';

/** Removes the platform and all its data: the kind cluster, or on an existing one everything that `up` created. */
export async function down(signal: AbortSignal, options: { purge?: boolean }): Promise<void> {
  const session = openSession(signal, 'mlops down');
  const existing = session.config.cluster.type === 'existing';
  await runSteps([
    ...(existing ? destroySteps(session) : []),
    { title: 'Remove the cluster and its files', run: () => removeCluster(session) },
    {
      title: 'Remove the synthesized stacks',
      run: () => {
        rmSync(session.terraform.output, { recursive: true, force: true });
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

/** Leaves an existing cluster as it was before `up`, without our namespaces. */
function destroySteps(session: Session) {
  const stacks = STACKS.filter((stack) => stack !== 'cluster').reverse();
  return [
    { title: 'Write the Terraform stacks', run: () => session.terraform.synthesize() },
    ...stacks.map((stack) => ({
      title: `Destroy stack ${stack}`,
      run: (report: (line: string) => void) => session.terraform.destroy(stack, report),
    })),
    {
      title: 'Remove the state',
      run: () => removeNamespace(session.kubernetes(), NAMESPACE.system, session.signal),
    },
  ];
}
