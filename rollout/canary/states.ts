import type { Canary, CanaryPlan, GateRecord, Replay } from '../../contracts/canary';
import type { HistoryEntry } from '../../contracts/release-list';
import { recorded, withAllTraffic, withoutLeftovers, type ModelState, type Target } from '../releases';
import { leaseEnd, type Decision } from './decide';
import type { Evidence } from './evidence';
import { judgeReplay, talliesOf, type Judgement } from './judgement';
import { weightOf } from './weight';

/** Who changes the list, and when. */
export interface Stamp {
  readonly model: string;
  readonly by: string;
  readonly now: Date;
}

/** A canary with the first weight of its plan. */
export function begun(
  state: ModelState,
  { version, image }: Target,
  champion: string,
  plan: CanaryPlan,
  replay: Replay | undefined,
  stamp: Stamp,
): ModelState {
  const canary: Canary = {
    version,
    champion,
    phase: 'canary',
    step: 0,
    until: leaseEnd(stamp.now),
    by: stamp.by,
    plan,
    ...(replay === undefined ? {} : { replay }),
    past: [],
  };
  const note = `${weightOf(canary)} %`;
  const judgement = replay === undefined ? undefined : judgeReplay(plan, replay);
  const judged = judgement !== undefined && judgement.gates.length > 0 ? { judgement } : {};
  const change = { version, from: champion, image, note, ...judged };
  return recorded(splitBy(state, canary), entry(stamp, 'canary', change));
}

/** A version that the prediction log shows to be worse, before it got a weight: it is gone, and the history says why. */
export function refused(
  state: ModelState,
  version: string,
  champion: string,
  judgement: Judgement,
  stamp: Stamp,
): ModelState {
  const worst = judgement.gates.find(({ verdict }) => verdict === judgement.verdict);
  const reason = worst === undefined ? judgement.verdict : `${worst.gate}-${worst.verdict}`;
  const change = { version: champion, from: version, image: imageOf(state, champion), reason, judgement };
  const note = 'by the prediction log, before it got a request';
  return recorded(withoutLeftovers(state), entry(stamp, 'rollback', { ...change, note }));
}

/** The state that a decision leads to. */
export function after(
  state: ModelState,
  canary: Canary,
  decision: Decision,
  evidence: Evidence | undefined,
  stamp: Stamp,
): ModelState {
  switch (decision.kind) {
    case 'hold':
      return decision.renew && canary.phase === 'canary' ? renewed(state, canary, stamp.now) : state;
    case 'raise':
      return withNextWeight(state, canary, decision, evidence, stamp);
    case 'promote':
      return withPromotion(state, canary, decision, evidence, stamp);
    case 'rollback':
      return rolledBack(state, canary, decision, stamp);
    case 'finish':
      return withAllTraffic(state, canary.version);
  }
}

/** Every gateway pod splits by the weights. */
export function inForce(state: ModelState, canary: Canary, now: Date): ModelState {
  const since = now.toISOString();
  const lease = canary.phase === 'canary' ? { until: leaseEnd(now) } : {};
  return { ...state, canary: { ...canary, since, ...lease } };
}

function renewed(state: ModelState, canary: Canary, now: Date): ModelState {
  return { ...state, canary: { ...canary, until: leaseEnd(now) } };
}

function withNextWeight(
  state: ModelState,
  canary: Canary,
  { judgement }: Decision,
  evidence: Evidence | undefined,
  stamp: Stamp,
): ModelState {
  const stepped: Canary = { ...next(canary, evidence), until: leaseEnd(stamp.now) };
  const { version, champion } = canary;
  const note = `${weightOf(stepped)} %`;
  return recorded(
    splitBy(state, stepped),
    entry(stamp, 'step', { version, from: champion, image: imageOf(state, version), note, judgement }),
  );
}

function withPromotion(
  state: ModelState,
  canary: Canary,
  { judgement }: Decision,
  evidence: Evidence | undefined,
  stamp: Stamp,
): ModelState {
  const { version, champion } = canary;
  const probation: Canary = { ...next(canary, evidence), phase: 'probation' };
  const image = imageOf(state, version);
  const reason = judgement?.verdict ?? 'no-worse';
  return recorded(
    splitBy(state, probation),
    entry(stamp, 'deploy', { version, from: champion, image, note: 'canary', reason, judgement }),
  );
}

function rolledBack(
  state: ModelState,
  { version, champion }: Canary,
  { reason, why, judgement }: Decision & { readonly kind: 'rollback' },
  stamp: Stamp,
): ModelState {
  const image = imageOf(state, champion);
  return recorded(
    withAllTraffic(state, champion),
    entry(stamp, 'rollback', { version: champion, from: version, image, note: why, reason, judgement }),
  );
}

/** The canary with its next weight, which is not in force yet, and what this one showed. */
function next(canary: Canary, evidence: Evidence | undefined): Canary {
  const { version, champion, phase, by, plan, replay } = canary;
  const past = [...canary.past, ...(evidence ? [talliesOf(canary, evidence)] : [])];
  const seen = replay === undefined ? {} : { replay };
  return { version, champion, phase, step: canary.step + 1, by, plan, ...seen, past };
}

function splitBy(state: ModelState, canary: Canary): ModelState {
  const weight = weightOf(canary);
  const share = (version: string) =>
    version === canary.version ? weight : version === canary.champion ? 100 - weight : 0;
  const versions = state.versions.map((each) => ({ ...each, weight: share(each.version) }));
  return { ...state, versions, canary };
}

function imageOf({ versions }: ModelState, version: string): string {
  return versions.find((each) => each.version === version)?.image ?? '';
}

interface Change extends Pick<HistoryEntry, 'version' | 'from' | 'image' | 'note'> {
  readonly reason?: string;
  readonly judgement?: Judgement | undefined;
}

function entry(
  { model, by, now }: Stamp,
  action: HistoryEntry['action'],
  { judgement, ...change }: Change,
): HistoryEntry {
  return {
    at: now.toISOString(),
    by,
    action,
    model,
    ...change,
    ...(judgement ? { verdict: judgement.verdict, evidence: judgement.gates.map(recordOf) } : {}),
  };
}

function recordOf({ gate, verdict, candidate, champion }: GateRecord): GateRecord {
  return { gate, verdict, candidate, champion };
}
