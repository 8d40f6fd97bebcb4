import { recordFigures, type Ledger } from './results';

/** What the platform promises about the paths that users take, and about what its network lets through. */
const PUBLISHED: Ledger = {
  name: 'published',
  title: 'Connections that must pass, and connections that must not',
  aims: {
    'policy_checks.must_pass': '–',
    'policy_checks.must_fail': '–',
    'policy_checks.wrong': '0',
  },
};

/** Connections that were tried between pods, and from outside. */
export interface PolicyChecks {
  readonly must_pass: number;
  readonly must_fail: number;
  readonly wrong: number;
}

/** Records figures in docs/results/published.{json,md}; figures of other tests stay. */
export function recordPolicyChecks(checks: PolicyChecks, command: string): void {
  const { must_pass, must_fail, wrong } = checks;
  const figures = {
    'policy_checks.must_pass': must_pass,
    'policy_checks.must_fail': must_fail,
    'policy_checks.wrong': wrong,
  };
  recordFigures(PUBLISHED, figures, command);
}
