import type { CanaryPlan } from '../../../contracts/canary';
import type { CanaryEvent } from '../../../rollout/canary/events';
import type { Question, Reading, Scores } from '../../../rollout/canary/evidence';
import type { CanaryPorts, Watcher } from '../../../rollout/canary/watch';
import { deployed, MemoryPlatform, MODEL } from './memory-ports';

export const PLAN: CanaryPlan = {
  steps: [5, 25, 100],
  leastRequests: 500,
  margins: { errors: 0.005, slow: 0.01 },
  decisionRateFactor: 10,
  risk: 0.01,
  stepMinutes: 60,
  withoutEvidence: 'hold',
  probationMinutes: 10,
};

/** Shares of requests that go wrong, per gate. */
export interface Behaviour {
  readonly errors: number;
  readonly slow: number;
  /** Share of requests decided positive. */
  readonly positive?: number;
}

const HEALTHY: Behaviour = { errors: 0, slow: 0 };
const SECOND = 1000;

/** A platform with steady traffic, and evidence of it that is 15 s old. */
export class CanaryWorld extends MemoryPlatform {
  /** Requests a second, both versions together. */
  rate = 200;
  candidate: Behaviour = HEALTHY;
  champion: Behaviour = HEALTHY;
  /** How far the clocks of watchers are ahead. */
  clockError = 0;
  scores: { readonly candidate: Scores; readonly champion: Scores } | undefined;
  change: (reading: Reading) => Reading = (reading) => reading;

  constructor(...versions: string[]) {
    super(deployed(...versions));
  }

  get canary() {
    return this.state.canary;
  }

  reading({ candidate, since }: Question): Reading {
    const at = new Date(this.now);
    const newest = new Date(this.now - 15 * SECOND);
    const seconds = Math.max(0, (newest.getTime() - since.getTime()) / SECOND);
    const share = (this.state.versions.find(({ version }) => version === candidate)?.weight ?? 0) / 100;
    const all = Math.floor(seconds * this.rate);
    const mine = Math.round(all * share);
    const tallies = (what: keyof Behaviour) => ({
      candidate: { requests: mine, events: Math.round(mine * (this.candidate[what] ?? 0)) },
      champion: { requests: all - mine, events: Math.round((all - mine) * (this.champion[what] ?? 0)) },
    });
    const hasDecisions = [this.candidate, this.champion].every(({ positive }) => positive !== undefined);
    return this.change({
      kind: 'evidence',
      at,
      newest,
      live: { errors: tallies('errors'), slow: tallies('slow') },
      ...(hasDecisions ? { decisions: tallies('positive') } : {}),
      ...(this.scores === undefined ? {} : { scores: this.scores }),
    });
  }

  canaryPorts(pid = 1): CanaryPorts {
    const ports = this.ports(pid);
    return {
      ...ports,
      clock: { ...ports.clock, now: () => new Date((this.now += 1) + this.clockError * SECOND) },
      evidence: {
        read: async (question) => {
          this.before('evidence');
          return Promise.resolve(this.reading(question));
        },
      },
    };
  }
}

export function watcher(by = 'watcher'): Watcher & { readonly events: CanaryEvent[] } {
  const events: CanaryEvent[] = [];
  return { model: MODEL, by, onEvent: (event) => void events.push(event), events };
}
