import { recordFigures, type Ledger } from './results';

/** What the platform promises about the paths that users take, and about what its network lets through. */
const PUBLISHED: Ledger = {
  name: 'published',
  title: 'The paths that users take, and connections that must pass or fail',
  aims: {
    'rehearsal.predict': '200',
    'rehearsal.failed_requests': '0',
    'existing.failed_requests': '0',
    'existing.left_behind': '0',
    'policy_checks.wrong': '0',
  },
};

/** Connections that were tried between pods, and from outside. */
export interface PolicyChecks {
  readonly must_pass: number;
  readonly must_fail: number;
  readonly wrong: number;
}

/** From stand-ins of published images, on kind. */
export interface Rehearsal {
  /** Every download and every image included. */
  readonly up_s: number;
  /** Status of the first prediction. */
  readonly predict: number;
  /** From the command to the last answer of the version that was rolled back. */
  readonly rollback_s: number;
  readonly requests: number;
  readonly failed_requests: number;
}

/** On a cluster that the platform did not make. */
export interface Existing {
  readonly up_s: number;
  readonly requests: number;
  readonly failed_requests: number;
  /** Objects that are more, fewer or others after `mlops down` than before `mlops up`. */
  readonly left_behind: number;
}

/** Records figures in docs/results/published.{json,md}; figures of other tests stay. */
export function recordPolicyChecks(checks: PolicyChecks, command: string): void {
  record('policy_checks', checks, command);
}

export function recordRehearsal(figures: Partial<Rehearsal>, command: string): void {
  record('rehearsal', figures, command);
}

export function recordExisting(figures: Partial<Existing>, command: string): void {
  record('existing', figures, command);
}

function record(part: string, figures: object, command: string): void {
  const named = Object.entries(figures).map(([name, value]) => [`${part}.${name}`, value as number]);
  recordFigures(PUBLISHED, Object.fromEntries(named) as Record<string, number>, command);
}
