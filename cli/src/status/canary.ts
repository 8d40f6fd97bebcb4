import type { GateRecord } from '../../../contracts/canary';
import { decide } from '../../../rollout/canary/decide';
import type { Reading } from '../../../rollout/canary/evidence';
import { weightsOf, type ModelState } from '../../../rollout/releases';
import { reasonOf } from '../cluster/kubernetes';
import { nextInWords } from '../../../rollout/canary/words';
import { evidenceOf } from '../releases/evidence';
import type { Session } from '../session';

export interface CanaryStatus {
  readonly version: string;
  readonly champion: string;
  readonly phase: 'canary' | 'probation';
  /** Share of the traffic in percent, and those of the whole plan. */
  readonly weight: number;
  readonly steps: readonly number[];
  /** Since when the weight is in force, ISO 8601; null until then. */
  readonly since: string | null;
  /** When the gateway ends it unless somebody watches, ISO 8601; null in probation. */
  readonly until: string | null;
  readonly gates: readonly GateRecord[];
  /** What a watcher would do now, and what is missing. */
  readonly next: string;
}

/** A model's canary, judged as a watcher would, without doing what follows. Never throws. */
export async function canaryStatus(
  session: Session,
  model: string,
  state: ModelState,
): Promise<CanaryStatus | null> {
  if (state.canary === undefined) return null;
  const { version: candidate, champion, since } = state.canary;
  const now = new Date();
  const question = { model, candidate, champion, since: since === undefined ? now : new Date(since) };
  const reading = await evidenceOf(session)
    .read(question)
    .catch((error: unknown): Reading => ({ kind: 'none', reason: 'no-answer', why: reasonOf(error) }));
  return canaryOf(state, reading, new Date());
}

export function canaryOf(state: ModelState, reading: Reading, now: Date): CanaryStatus | null {
  const { canary } = state;
  if (canary === undefined) return null;
  const { version, champion, phase, plan, since = null, until = null } = canary;
  const weight = weightsOf(state)[version] ?? 0;
  const decision = decide(canary, weight, reading, now);
  const gates = (decision.judgement?.gates ?? []).map(
    ({ gate, verdict, candidate: mine, champion: theirs }): GateRecord => ({
      gate,
      verdict,
      candidate: mine,
      champion: theirs,
    }),
  );
  const next = nextInWords(decision);
  return { version, champion, phase, weight, steps: plan.steps, since, until, gates, next };
}
