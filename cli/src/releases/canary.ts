import { watch } from '../../../rollout/canary/watch';
import { beginCanary, tidy } from '../../../rollout/engine';
import { stateOf } from '../../../rollout/releases';
import { readReleases } from '../cluster/release-document';
import { errors } from '../errors';
import type { Step } from '../render/steps';
import { modelSettings, type Session } from '../session';
import { canaryInWords } from './canary-words';
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
 * @returns why it was rolled back; undefined for a version that passed
 * @throws UserError canaryUnwatched, canaryReplaced
 */
async function watchToEnd(
  session: Session,
  model: string,
  version: string,
  report: (line: string) => void,
): Promise<string | undefined> {
  const seen: { line?: string; passed?: true; back?: string } = {};
  const ports = { ...portsOf(session, report), evidence: evidenceOf(session) };
  const watcher = {
    model,
    by: session.user,
    onEvent: (event: Parameters<typeof canaryInWords>[0]) => {
      if (event.kind === 'passed') seen.passed = true;
      if (event.kind === 'rolled-back') seen.back = event.why;
      const line = canaryInWords(event);
      if (line !== seen.line) report(line);
      seen.line = line;
    },
  };
  await watch(ports, watcher, { signal: session.signal, seconds: LOOK_SECONDS });
  if (seen.passed === true || seen.back !== undefined) return seen.back;
  const { canary, entries } = stateOf(await readReleases(session.kubernetes()), model);
  if (canary?.version === version) throw errors.canaryUnwatched(model, canary);
  throw errors.canaryReplaced(model, version, entries.at(-1));
}
