import { recordFigures } from './results';
import type { Ledger } from './results';

/** What holds whatever clients send. */
const HARDENING: Ledger = {
  name: 'hardening',
  title: 'What clients and files cannot do',
  aims: {
    connection_cases: '≥ 5000',
    connection_cases_wrong: '0',
    connection_peak_mib: '≤ 220',
    attack_minutes: '5',
    attack_honest_requests: '200 per second throughout',
    attack_honest_failures: '0',
    server_peak_mib: '≤ 220',
    health_p99_ms_under_attack: '≤ 200',
    gauges_not_zero: '0',
  },
};

/** Records figures in docs/results/hardening.{json,md}; figures of other commands stay. */
export function recordHardening(figures: Readonly<Record<string, number>>, command: string): void {
  recordFigures(HARDENING, figures, command);
}
