import { NAMESPACE } from '../../../contracts/namespaces';
import { LABEL } from '../../../contracts/objects';
import { SERVICE } from '../../../contracts/services';
import { CI, type CiBuilder } from '../../../contracts/ci';
import type { Ci, CiBuild } from '../../../cli/src/ci';
import { withCi } from '../../../cli/src/session';
import { platform } from '../support/cluster';
import { awaited } from './awaited';

/** A line of the pipeline that says that it works. */
export const TRAINS = /collect done/;

/** Asks the CI of the e2e platform. */
export function ask<T>(question: (ci: Ci) => Promise<T>): Promise<T> {
  return withCi(platform(), question);
}

/** Presses the button of a builder. @returns the request, which may take several attempts */
export function force(
  builder: CiBuilder,
  parameters: Readonly<Record<string, string>> = {},
): Promise<number> {
  return ask((ci) => ci.force(builder, { model: 'fraud', reason: 'cluster tests', ...parameters }));
}

/** The newest id of a build, so that later ones can be told from it. */
export async function newestBuild(): Promise<number> {
  const [newest] = await ask((ci) => ci.builds(1));
  return newest?.id ?? 0;
}

/** The first build of a builder after another one, once it runs. */
export function startedAfter(id: number, builder: CiBuilder, timeout: number): Promise<CiBuild> {
  return awaited(`a build of ${builder} after build ${String(id)}`, timeout, async () => {
    const builds = await ask((ci) => ci.builds(50));
    const found = builds.findLast((each) => each.id > id && each.builder === builder);
    if (found === undefined)
      throw new Error(`the newest is ${String(builds[0]?.id)}, of ${String(builds[0]?.builder)}`);
    return found;
  });
}

/** The first attempt of a request, once there is one. */
export function firstAttempt(request: number, timeout: number): Promise<CiBuild> {
  return awaited(`the first attempt of request ${String(request)}`, timeout, async () => {
    const [first] = await ask((ci) => ci.attempts(request));
    if (first === undefined) throw new Error(`${String(await ask((ci) => ci.waiting()))} requests wait`);
    return first;
  });
}

/** A build once it ended. */
export function ended(id: number, timeout: number): Promise<CiBuild> {
  return awaited(`the end of build ${String(id)}`, timeout, async () => {
    const build = await ask((ci) => ci.build(id));
    if (build?.outcome === undefined) throw new Error(`it still runs: ${build?.state ?? 'no such build'}`);
    return build;
  });
}

/** The attempts of a request once the last of them ended well or for good. */
export function settled(request: number, timeout: number): Promise<readonly CiBuild[]> {
  return awaited(
    `the end of request ${String(request)}`,
    timeout,
    async () => {
      const attempts = await ask((ci) => ci.attempts(request));
      const last = attempts.at(-1)?.outcome;
      if (last === undefined || last === 'retry')
        throw new Error(
          attempts.map(({ outcome, state }) => `${outcome ?? 'runs'}: ${state}`).join('; ') ||
            'it waits for a runner',
        );
      return attempts;
    },
    1_000,
  );
}

/** Waits until a build printed a line that matches. */
export async function printed(id: number, pattern: RegExp, timeout: number): Promise<void> {
  const seen = new Map<number, number>();
  let text = '';
  await awaited(`${String(pattern)} in the log of build ${String(id)}`, timeout, async () => {
    text += (await ask((ci) => ci.lines(id, seen))).join('\n');
    if (!pattern.test(text)) throw new Error(`it printed:\n${text}`);
  });
}

/** Names of pods that run builds. */
export function runnerPods(): Promise<readonly string[]> {
  return podsOf(CI.runnerApp);
}

async function podsOf(app: string): Promise<readonly string[]> {
  const labelSelector = `${LABEL.name}=${app}`;
  const { core } = platform().kubernetes();
  const { items } = await core.listNamespacedPod({ namespace: NAMESPACE.ci, labelSelector });
  return items.map(({ metadata }) => metadata?.name ?? '');
}

/** Kills the master, and waits until the next one answers. */
export async function killMaster(): Promise<void> {
  const killed = await podsOf(SERVICE.ci.app);
  // Without a grace period it would be listed no more, and still take builds over a connection that is open.
  await Promise.all(killed.map((pod) => kill(pod, 1)));
  await awaited(
    'an answer of the next master',
    120_000,
    async () => {
      const now = await podsOf(SERVICE.ci.app);
      if (now.some((pod) => killed.includes(pod))) throw new Error('the killed one is still there');
      await newestBuild();
    },
    1_000,
  );
}

/** Ends a pod as a crash of the node would: at once. With a grace period, it is listed until its processes have ended. */
export async function kill(pod: string, gracePeriodSeconds = 0): Promise<void> {
  const where = { name: pod, namespace: NAMESPACE.ci, gracePeriodSeconds };
  await platform().kubernetes().core.deleteNamespacedPod(where);
}
