import type { HoldReason } from '../canary/decide';
import type { CanaryEvent } from '../canary/events';
import { canaryInWords } from '../canary/words';

/** What an operator should see without having asked. */
export interface Announcement {
  /** One word, as Kubernetes' events have it. */
  readonly reason: string;
  readonly message: string;
  readonly isWarning: boolean;
}

const DECISION = {
  'in-force': 'CanaryWeightInForce',
  raised: 'CanaryRaised',
  promoted: 'CanaryPromoted',
  'rolled-back': 'CanaryRolledBack',
  passed: 'CanaryPassed',
} as const;

/** Holds that are no part of a canary's usual course. */
const TROUBLE: Readonly<Partial<Record<HoldReason, string>>> = {
  'clocks-differ': 'CanaryHeldClocksDiffer',
  'no-answer': 'CanaryHeldNoAnswer',
  stale: 'CanaryHeldStale',
  contradictory: 'CanaryHeldContradictory',
  'list-edited': 'CanaryHeldListEdited',
};

/** Decisions, and holds that somebody has to end; each once until something else happens. */
export function announcer(): (model: string, event: CanaryEvent) => Announcement | undefined {
  const last = new Map<string, string>();
  return (model, event) => {
    const reason = reasonFor(event);
    if (event.kind !== 'judged' && reason === undefined) return undefined;
    const isRepeated = last.get(model) === reason;
    if (reason === undefined) last.delete(model);
    else last.set(model, reason);
    if (reason === undefined || isRepeated) return undefined;
    return { reason, message: `${model}: ${canaryInWords(event)}`, isWarning: isTrouble(event) };
  };
}

function reasonFor(event: CanaryEvent): string | undefined {
  if (event.kind === 'judged')
    return event.decision.kind === 'hold' ? TROUBLE[event.decision.reason] : undefined;
  if (event.kind === 'failed') return event.what === 'gateway' ? 'CanaryGatewayLate' : undefined;
  return event.kind in DECISION ? DECISION[event.kind as keyof typeof DECISION] : undefined;
}

function isTrouble({ kind }: CanaryEvent): boolean {
  return kind === 'judged' || kind === 'failed' || kind === 'rolled-back';
}
