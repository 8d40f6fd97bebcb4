import { setTimeout as sleep } from 'node:timers/promises';
import { LEADER } from '../../../contracts/claims';
import { SERVICE } from '../../../contracts/services';
import { readReleases } from '../../../rollout/kubernetes/release-document';
import { stateOf, type ModelState } from '../../../rollout/releases';
import { eventually, progress } from '../../support/within';
import { api } from './cluster';
import { mlops } from './platform';

/** How long a version may take to start, with Terraform and a node that pulls its image. */
const BEGIN_SECONDS = 420;

/** A canary that is watched from outside. */
export interface CanaryRun {
  readonly version: string;
  /** What the command line that began it printed. */
  readonly said: string;
  /** When a gateway pod first gave it a weight, and since when none does; milliseconds since the epoch. */
  readonly seen: { onAt?: number; offAt?: number };
  /** Between these two. */
  offSeconds(): number;
}

/** The list's part of the model. */
export async function state(): Promise<ModelState> {
  return stateOf(await readReleases(api()), 'fraud');
}

/** Begins a canary with the command line, and kills that as soon as the weight is in force. */
export async function beginsAndDies(version: string): Promise<CanaryRun> {
  const killed: number[] = [];
  const outcome = await mlops(['deploy', `fraud@${version}`, '--canary'], {
    seconds: BEGIN_SECONDS,
    onLine: (line, child) => {
      if (killed.length > 0 || !/rollout controller decides|every gateway pod sends/.test(line)) return;
      killed.push(Date.now());
      child.kill('SIGKILL');
      progress(`the command line that began the canary of version ${version} is dead`);
    },
  });
  if (killed.length === 0) throw new Error(`no canary began:\n${outcome.output}`);
  const seen: CanaryRun['seen'] = {};
  return {
    version,
    said: outcome.output,
    seen,
    offSeconds: () => ((seen.offAt ?? Number.NaN) - (seen.onAt ?? Number.NaN)) / 1000,
  };
}

/** Waits until a canary is out of the list, and no gateway pod follows its last weights. */
export async function ended(run: CanaryRun, seconds: number): Promise<void> {
  const { version, seen } = run;
  let told = '';
  await eventually(seconds, `the end of the canary of version ${version}`, async (note) => {
    const weight = await mostWeight(version);
    if (weight > 0) seen.onAt ??= Date.now();
    const { canary, versions, entries } = await state();
    const isOff = weight === 0 && seen.onAt !== undefined;
    if (isOff) seen.offAt ??= Date.now();
    const wanted = versions.find((each) => each.version === version)?.weight ?? 0;
    const phase = canary === undefined ? 'no canary' : `${canary.phase}, step ${String(canary.step)}`;
    const last = entries.at(-1);
    const what = `${phase}; the list gives it ${String(wanted)} %, a gateway pod ${String(weight)} %; last change: ${last?.action ?? 'none'} ${last?.note ?? ''}`;
    note(`${what}; lease until ${canary?.until ?? '-'}, in force since ${canary?.since ?? '-'}`);
    if (what !== told) progress(`version ${version}: ${what}`);
    told = what;
    return canary === undefined && weight === wanted ? true : undefined;
  });
}

/**
 * Acts at moments, counted from now, while a canary or its probation goes on.
 * @returns how often
 */
export async function whileCanary(
  { version }: CanaryRun,
  moments: readonly number[],
  act: () => Promise<void>,
): Promise<number> {
  const start = Date.now();
  let acted = 0;
  for (const moment of moments) {
    await sleep(Math.max(0, start + moment * 1000 - Date.now()));
    if ((await state()).canary?.version !== version) break;
    await act();
    acted += 1;
    progress(`version ${version}: acted ${String(acted)} of ${String(moments.length)} times`);
  }
  return acted;
}

/** Kills all of the controller's pods without a word. */
export async function killController(): Promise<void> {
  const { core } = api();
  const { namespace, name } = LEADER;
  const { items } = await core.listNamespacedPod({
    namespace,
    labelSelector: `app.kubernetes.io/name=${name}`,
  });
  for (const { metadata } of items)
    await core
      .deleteNamespacedPod({ name: metadata?.name ?? '', namespace, gracePeriodSeconds: 0 })
      .catch(() => undefined);
}

/** The most that any pod of the gateway gives a version, in percent. */
async function mostWeight(version: string): Promise<number> {
  const { core } = api();
  const { namespace, app, port } = SERVICE.gateway;
  const { items } = await core.listNamespacedPod({
    namespace,
    labelSelector: `app.kubernetes.io/name=${app}`,
  });
  const weights = await Promise.all(
    items
      .filter(({ metadata, status }) => !metadata?.deletionTimestamp && status?.phase === 'Running')
      .map(async ({ metadata }) => {
        const answer: unknown = await core.connectGetNamespacedPodProxyWithPath({
          namespace,
          name: `${metadata?.name ?? ''}:${String(port)}`,
          path: 'gateway/config',
        });
        const { models } = (typeof answer === 'string' ? JSON.parse(answer) : answer) as {
          models: Readonly<Record<string, Readonly<Record<string, number>>>>;
        };
        return models.fraud?.[version] ?? 0;
      }),
  );
  return Math.max(0, ...weights);
}
