import { recordFigures, type Ledger } from './results';

/** What the platform promises about hostile and careless input. */
const HARDENING: Ledger = {
  name: 'hardening',
  title: 'Hostile and careless input',
  aims: {
    cases: '≥ 20000',
    connection_cases: '≥ 5000',
    pipeline_cases: '≥ 2000',
    wrong: '0',
    connection_cases_wrong: '0',
    regressions_wrong: '0',
    unexpected_errors: '0',
    connection_peak_mib: '≤ 220',
    attack_minutes: '5',
    attack_honest_requests: '200 per second throughout',
    attack_honest_failures: '0',
    server_peak_mib: '≤ 220',
    gateway_honest_requests: '200 per second throughout',
    gateway_honest_failures: '0',
    gateway_peak_mib: '≤ 128',
    gateway_server_peak_mib: '≤ 220',
    gateway_health_p99_ms: '≤ 200',
    gateway_gauges_not_zero: '0',
    health_p99_ms_under_attack: '≤ 200',
    gauges_not_zero: '0',
    rss_mb_after_1m: '≤ 110',
    cold_start_ms: '≤ 200',
  },
};

/** Records figures in docs/results/hardening.{json,md}; figures of other commands stay. */
export function recordHardening(figures: Readonly<Record<string, number>>, command: string): void {
  recordFigures(HARDENING, figures, command);
}
