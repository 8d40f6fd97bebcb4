import { LEASE_SECONDS, type Canary, type CanaryPlan, type Gate } from '../../contracts/canary';
import { logSplitE } from '../verdict/e-process';
import { decisionRateFault } from './decision-rate';
import type { Both, Evidence, Reading } from './evidence';
import { alphaOf, judge, type GateReport, type Judgement } from './judgement';
import { scoreFault } from './scores';
import { weightOf } from './weight';

/** Why nothing changes. */
export type HoldReason =
  | 'weights-not-in-force'
  | 'clocks-differ'
  | 'no-answer'
  | 'no-data'
  | 'stale'
  | 'contradictory'
  | 'list-edited'
  | 'not-enough-evidence'
  | 'in-probation';

export type RollbackReason =
  | `${Gate}-worse`
  | 'scores-constant'
  | 'scores-not-numbers'
  | 'decision-rate'
  /** Nobody renewed the lease. */
  | 'unwatched'
  /** The plan wants it when evidence does not come in time. */
  | 'no-evidence-in-time';

export type Decision = { readonly judgement?: Judgement } & (
  | {
      readonly kind: 'hold';
      readonly reason: HoldReason;
      /** In words: what is missing. Asked for only when shown, as to find it takes a while. */
      readonly why: () => string;
      /** Whether to renew the lease: not by a clock that is wrong. */
      readonly renew: boolean;
    }
  | { readonly kind: 'raise' | 'promote' | 'finish' }
  | { readonly kind: 'rollback'; readonly reason: RollbackReason; readonly why: string }
);

/** Seconds by which two clocks may differ. Leases and windows are much longer. */
const CLOCK_TOLERANCE = 30;
/** Age of the newest sample from which evidence is stale: four scrapes, of which the newest is ignored. */
const STALE_SECONDS = 75;
/** Probability of calling a split contradictory that follows the weights. */
const CONTRADICTION_ALPHA = 1e-4;

/**
 * What to do with a canary, given what is known about it now. Missing, stale and contradictory evidence never promotes.
 * @param weight that the release list gives the candidate
 */
export function decide(canary: Canary, weight: number, reading: Reading, now: Date): Decision {
  const clocks = clocksDiffer(reading, now);
  if (clocks !== undefined) return hold('clocks-differ', clocks, false);
  if (canary.until !== undefined && now.getTime() > Date.parse(canary.until))
    return {
      kind: 'rollback',
      reason: 'unwatched',
      why: `nobody renewed its lease, which ended at ${canary.until}`,
    };
  const wanted = weightOf(canary);
  if (weight !== wanted)
    return hold('list-edited', `the release list gives it ${weight} %, its plan ${wanted} %`);
  if (canary.since === undefined)
    return hold('weights-not-in-force', 'not every gateway pod splits by the weights yet');
  return inTime(canary, canary.since, now, byEvidence(canary, canary.since, reading, now));
}

function byEvidence(canary: Canary, since: string, reading: Reading, now: Date): Decision {
  if (reading.kind === 'none') return hold(reading.reason, reading.why);
  const age = (now.getTime() - reading.newest.getTime()) / 1000;
  if (age > STALE_SECONDS)
    return hold(
      'stale',
      `the newest sample is ${Math.round(age)} s old; at most ${STALE_SECONDS} s are fresh`,
    );
  const impossible = impossibleCounts(reading);
  if (impossible !== undefined) return hold('contradictory', impossible);
  const judgement = judge(canary, reading);
  const worse = judgement.gates.find(({ verdict }) => verdict === 'worse');
  if (worse) return { kind: 'rollback', reason: `${worse.gate}-worse`, why: inWords(worse), judgement };
  const alpha = alphaOf(canary.plan) / 2;
  const fault = scoreFault(reading.scores, alpha);
  if (fault !== undefined) {
    const why = fault === 'scores-constant' ? 'all its scores are the same' : 'it scores what is no number';
    return { kind: 'rollback', reason: fault, why, judgement };
  }
  const why = decisionRateFault(canary, reading.decisions, alpha);
  if (why !== undefined) return { kind: 'rollback', reason: 'decision-rate', why, judgement };
  return canary.phase === 'canary'
    ? canaryStep(canary, reading, judgement)
    : probation(canary, since, reading, judgement, now);
}

function canaryStep(canary: Canary, reading: Evidence, judgement: Judgement): Decision {
  const { plan, step } = canary;
  const unlike = unlikeWeights(canary, reading.live.errors);
  if (unlike !== undefined) return { ...hold('contradictory', unlike), judgement };
  const { requests } = reading.live.errors.candidate;
  const goesOn = judgement.verdict === 'no-worse' || judgement.verdict === 'better';
  if (goesOn && requests >= plan.leastRequests)
    return { kind: step + 2 >= plan.steps.length ? 'promote' : 'raise', judgement };
  return { ...hold('not-enough-evidence', () => missing(plan, judgement, requests)), judgement };
}

function probation(
  { plan }: Canary,
  since: string,
  { live }: Evidence,
  judgement: Judgement,
  now: Date,
): Decision {
  const { requests } = live.errors.candidate;
  const left = Date.parse(since) + plan.probationMinutes * 60_000 - now.getTime();
  if (left > 0)
    return { ...hold('in-probation', `${Math.ceil(left / 60_000)} min of probation are left`), judgement };
  if (requests >= plan.leastRequests) return { kind: 'finish', judgement };
  const more = `${plan.leastRequests - requests} more requests in probation`;
  return { ...hold('not-enough-evidence', more), judgement };
}

/** Turns a hold into a rollback where the plan sets a limit and it has passed. */
function inTime({ phase, plan }: Canary, since: string, now: Date, decision: Decision): Decision {
  const minutes = (now.getTime() - Date.parse(since)) / 60_000;
  const isOver = phase === 'canary' && minutes > plan.stepMinutes;
  if (decision.kind !== 'hold' || !isOver) return decision;
  const late = () => `after ${plan.stepMinutes} min: ${decision.why()}`;
  if (plan.withoutEvidence === 'hold') return { ...decision, why: late };
  const { judgement } = decision;
  const judged = judgement === undefined ? {} : { judgement };
  return { kind: 'rollback', reason: 'no-evidence-in-time', why: late(), ...judged };
}

function missing(plan: CanaryPlan, { gates }: Judgement, requests: number): string {
  const lacking = gates
    .filter(({ verdict }) => verdict === 'not-enough-evidence')
    .map(({ gate, candidate, needed }) => {
      const enough = needed();
      return enough === undefined
        ? `${gate}: the end is not in sight`
        : `${gate}: about ${enough - candidate.requests} more`;
    });
  const few = plan.leastRequests - requests;
  return [...(few > 0 ? [`${few} more requests at this weight`] : []), ...lacking].join('; ');
}

function clocksDiffer({ at }: Reading, now: Date): string | undefined {
  if (at === undefined) return undefined;
  const seconds = Math.round((now.getTime() - at.getTime()) / 1000);
  if (Math.abs(seconds) <= CLOCK_TOLERANCE) return undefined;
  return `this clock is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} that of the evidence; correct it`;
}

function impossibleCounts({ live }: Evidence): string | undefined {
  for (const [gate, both] of Object.entries(live))
    for (const [arm, { requests, events }] of Object.entries(both))
      if (!(Number.isInteger(requests) && Number.isInteger(events) && events >= 0 && events <= requests))
        return `${gate} of the ${arm}: ${String(events)} of ${String(requests)} requests`;
  return undefined;
}

/** Requests that do not follow the weights were not split at random, and prove nothing. */
function unlikeWeights(canary: Canary, { candidate, champion }: Both): string | undefined {
  const weight = weightOf(canary);
  const logE = logSplitE(candidate.requests, champion.requests, weight / 100);
  if (logE < -Math.log(CONTRADICTION_ALPHA)) return undefined;
  const share = (100 * candidate.requests) / (candidate.requests + champion.requests);
  return `${share.toFixed(1)} % of the requests reached the canary, its weight is ${weight} %: do clients ask for a version?`;
}

function inWords({ gate, candidate, champion }: GateReport): string {
  return `${gate}: ${candidate.events} of its ${candidate.requests}, ${champion.events} of the champion's ${champion.requests}`;
}

function hold(
  reason: HoldReason,
  why: string | (() => string),
  renew = true,
): Decision & { readonly kind: 'hold' } {
  return { kind: 'hold', reason, why: typeof why === 'string' ? () => why : why, renew };
}

/** When a lease ends that is renewed now. */
export function leaseEnd(now: Date): string {
  return new Date(now.getTime() + LEASE_SECONDS * 1000).toISOString();
}
