import type { CanaryPlan } from '../../contracts/canary';
import { decide } from '../../rollout/canary/decide';
import type { Reading } from '../../rollout/canary/evidence';
import { after, begun, inForce } from '../../rollout/canary/states';
import { weightsOf, type ModelState } from '../../rollout/releases';
import type { Kind } from './candidates';
import type { Random } from '../silence/history/random';
import { SCRAPE, Traffic } from './traffic';

/** The defaults of platform.yaml, and what a judgement of decisions on logged rows would add. */
export const PLAN: CanaryPlan = {
  steps: [5, 25, 50, 100],
  leastRequests: 500,
  margins: { errors: 0.005, slow: 0.01, missed: 0.03, falseAlarms: 0.005 },
  decisionRateFactor: 10,
  risk: 0.01,
  stepMinutes: 60,
  withoutEvidence: 'hold',
  probationMinutes: 30,
};

/** A canary without a verdict by then is undecided. */
const HOURS = 8;

export interface Outcome {
  readonly kind: string;
  readonly end: 'passed' | 'rolled back' | 'undecided';
  /** Whether it ever had all traffic. */
  readonly promoted: boolean;
  /** Why it was rolled back, or what it still lacked. */
  readonly reason: string;
  /** Requests that the candidate answered until the promotion, or the rollback. */
  readonly requests: number;
  readonly minutes: number;
}

const image = (digit: string) => `registry.example/models/fraud@sha256:${digit.repeat(64)}`;

/** One rollout by the pure core: its decisions are carried out, and nothing else is. */
export function simulate(kind: Kind, random: Random, plan = PLAN): Outcome {
  const start = Date.parse('2026-01-05T00:00:00Z') + 86_400_000 * random();
  const stamp = (now: Date) => ({ model: 'fraud', by: 'study', now });
  const traffic = new Traffic(kind, random);
  let state: ModelState = {
    versions: [
      { version: '1', image: image('1'), weight: 100 },
      { version: '2', image: image('2'), weight: 0 },
    ],
    entries: [],
  };
  state = begun(state, { version: '2', image: image('2') }, '1', plan, undefined, stamp(new Date(start)));
  let [requests, promoted, lacks] = [0, false, ''];
  for (let seconds = 0; seconds < HOURS * 3_600; seconds += SCRAPE) {
    const now = new Date(start + seconds * 1000);
    const ended = (end: Outcome['end'], reason: string): Outcome => ({
      kind: kind.name,
      end,
      promoted,
      reason,
      requests,
      minutes: seconds / 60,
    });
    const { canary } = state;
    if (canary === undefined) return ended('passed', '');
    if (canary.since === undefined) {
      traffic.restart();
      state = inForce(state, canary, now);
      continue;
    }
    const weight = weightsOf(state)['2'] ?? 0;
    traffic.pass(start / 1000 + seconds, weight / 100);
    const reading: Reading = traffic.evidence(now) ?? {
      kind: 'none',
      reason: 'no-data',
      why: 'no scrape yet',
      at: now,
    };
    const seen = reading.kind === 'evidence' ? reading.live.errors.candidate.requests : 0;
    const before = canary.past.reduce((sum, { errors }) => sum + errors.canary.requests, 0);
    if (canary.phase === 'canary') requests = before + seen;
    const decision = decide(canary, weight, reading, now);
    if (decision.kind === 'hold') lacks = decision.reason;
    if (decision.kind === 'promote') promoted = true;
    if (decision.kind === 'rollback') return ended('rolled back', decision.reason);
    state = after(state, canary, decision, reading.kind === 'evidence' ? reading : undefined, stamp(now));
  }
  return { kind: kind.name, end: 'undecided', promoted, reason: lacks, requests, minutes: HOURS * 60 };
}
