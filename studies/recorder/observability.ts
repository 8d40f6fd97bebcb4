import { recordFigures, type Ledger } from './results';

/** What the platform promises about watching it. */
const OBSERVABILITY: Ledger = {
  name: 'observability',
  title: 'Queries, dashboards and alerts on a live platform',
  aims: {
    queries: '–',
    queries_failed: '0',
    queries_without_data: '–',
    panels: '–',
    panels_empty: '–',
    stack_mib: '≤ 600',
    rules_cpu_share: '≤ 0.02',
    serving_p99_ratio: '≤ 1.1',
    backfilled_days: '90',
    alerts_in_backfill: '0',
    backfill_faults_missed: '0',
    live_minutes: '30',
    alerts_live: '0',
  },
};

/** Records figures in docs/results/observability.{json,md}; figures of other commands stay. */
export function recordObservability(figures: Readonly<Record<string, number>>, command: string): void {
  recordFigures(OBSERVABILITY, figures, command);
}
