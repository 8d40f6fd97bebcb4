import type { GateRecord, Tally, Verdict } from '../../contracts/canary';
import type { Decision } from './decide';
import type { CanaryEvent } from './events';
import { weightOf } from './weight';

const VERDICT: Readonly<Record<Verdict, string>> = {
  worse: 'worse',
  'no-worse': 'no worse',
  better: 'better',
  'not-enough-evidence': 'not enough evidence',
};

/** A progress line. */
export function canaryInWords(event: CanaryEvent): string {
  switch (event.kind) {
    case 'judged': {
      const { canary, decision } = event;
      const gates = decision.judgement?.gates ?? [];
      const evidence = gates.map(gateInWords).join('; ');
      return [`version ${canary.version} at ${weightOf(canary)} %`, evidence, nextInWords(decision)]
        .filter((part) => part !== '')
        .join(' · ');
    }
    case 'in-force':
      return `every gateway pod sends ${event.weight} % to version ${event.version}`;
    case 'raised':
      return `raising version ${event.version} to ${event.weight} %`;
    case 'promoted':
      return `promoting version ${event.version}; its probation begins`;
    case 'passed':
      return `version ${event.version} passed its probation`;
    case 'rolled-back':
      return `back to version ${event.version}: ${event.why}`;
    case 'waiting':
      return `waiting for ${event.for}`;
    case 'led':
      return 'the rollout controller decides; this command shows what it does, and may be stopped';
    case 'unled':
      return 'no rollout controller leads: this command decides';
    case 'overtaken':
      return 'something else changed the release list first; looking again';
    case 'failed':
      return `${FAILED[event.what]}: ${event.why}`;
  }
}

const FAILED = {
  list: 'the release list cannot be read or changed',
  gateway: 'a gateway pod does not follow',
  alias: "MLflow's champion alias is behind",
} as const;

/** What one gate saw, with the number of requests that it rests on. */
export function gateInWords({ gate, verdict, candidate, champion }: GateRecord): string {
  return `${gate} ${tallyInWords(candidate)} against ${tallyInWords(champion)}: ${VERDICT[verdict]}`;
}

/** What follows, and what is missing for it. */
export function nextInWords(decision: Decision): string {
  switch (decision.kind) {
    case 'hold':
      return `holds (${decision.reason}): ${decision.why()}`;
    case 'rollback':
      return `goes back: ${decision.why}`;
    case 'raise':
      return 'goes to the next weight';
    case 'promote':
      return 'is promoted';
    case 'finish':
      return 'takes all traffic';
  }
}

/** `12 of 1,200`. */
export function tallyInWords({ events, requests }: Tally): string {
  return `${events.toLocaleString('en')} of ${requests.toLocaleString('en')}`;
}
