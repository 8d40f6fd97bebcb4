import { endOf, follow } from '../../../rollout/canary/follow';
import { beginCanary, tidy } from '../../../rollout/engine';
import { leadershipSeen } from '../../../rollout/controller/leadership';
import { leaderLease } from '../../../rollout/kubernetes/leader-lease';
import { stateOf } from '../../../rollout/releases';
import { readReleases } from '../../../rollout/kubernetes/release-document';
import { errors } from '../errors';
import type { Step } from '../render/steps';
import { modelSettings, type Session } from '../session';
import { canaryInWords } from '../../../rollout/canary/words';
import { evidenceOf } from './evidence';
import { portsOf } from './ports';
import { rolloutStep } from './rollout';

/** Seconds between two looks at a canary. */
const LOOK_SECONDS = 5;

/**
 * Starts a version with a share of the traffic, unless it is a canary already, and watches it to its end.
 * @throws UserError unknownModel, canaryUnmeasured
 */
export function canarySteps(session: Session, model: string, version: string): readonly Step[] {
  const { canary: plan } = modelSettings(session, model);
  const { monitoring } = session.config;
  if (monitoring !== 'bundled') throw errors.canaryUnmeasured(model, version, monitoring);
  const text = `mlops deploy ${model}@${version} --canary`;
  const begin = rolloutStep(session, model, text, `Start ${model} version ${version} as a canary`, {
    work: (ports, command) => beginCanary(ports, command, version, plan),
  });
  const tidying = rolloutStep(session, model, text, 'Remove what no longer runs', {
    work: tidy,
    // What this command wrote itself is no news.
    since: () => new Date(),
  });
  return [
    {
      ...begin,
      skip: async () =>
        (await running(session, model)) === version ? 'it is a canary already; watching it' : false,
    },
    {
      title: `Watch ${model} version ${version}`,
      run: async (report) => {
        const back = await watchToEnd(session, model, version, report);
        if (back === undefined) return `${model} version ${version} serves; it passed its probation`;
        await tidying.run?.(report);
        throw errors.canaryRolledBack(model, version, back);
      },
    },
    tidying,
  ];
}

async function running(session: Session, model: string): Promise<string | undefined> {
  return stateOf(await readReleases(session.kubernetes()), model).canary?.version;
}

/**
 * Shows what the rollout controller decides; while none leads, decides.
 * @returns why it was rolled back; undefined for a version that passed
 * @throws UserError canaryGoesOn, canaryUnwatched, canaryReplaced
 */
async function watchToEnd(
  session: Session,
  model: string,
  version: string,
  report: (line: string) => void,
): Promise<string | undefined> {
  let shown: string | undefined;
  const ports = { ...portsOf(session, report), evidence: evidenceOf(session) };
  const watcher = {
    model,
    by: session.user,
    onEvent: (event: Parameters<typeof canaryInWords>[0]) => {
      const line = canaryInWords(event);
      if (line !== shown) report(line);
      shown = line;
    },
  };
  const isLed = leadershipSeen(leaderLease(session.kubernetes()), () => performance.now() / 1000);
  const led = await follow(ports, watcher, { signal: session.signal, seconds: LOOK_SECONDS }, isLed);
  const state = stateOf(await readReleases(session.kubernetes()), model);
  if (state.canary?.version === version)
    throw led ? errors.canaryGoesOn(model, state.canary) : errors.canaryUnwatched(model, state.canary);
  const end = endOf(state, version);
  if (end.kind === 'replaced') throw errors.canaryReplaced(model, version, state.entries.at(-1));
  return end.kind === 'rolled-back' ? end.why : undefined;
}
