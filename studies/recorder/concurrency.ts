import { recordFigures } from './results';
import type { Ledger } from './results';

/** What happens when two commands work on one model, and when the addresses of a model change. */
const CONCURRENCY: Ledger = {
  name: 'concurrency',
  title: 'Two commands at once, and addresses that go away',
  aims: {
    rounds: '20',
    winners: '20',
    both_failed: '0',
    failed_requests: '0',
    requests: '≥ 50 per second throughout',
    foreign_answers: '0',
    recovery_s: '≤ 5',
    node_recovery_s: '–',
  },
};

/** Records figures in docs/results/concurrency.{json,md}; figures of other tests stay. */
export function recordConcurrency(figures: Readonly<Record<string, number>>, command: string): void {
  recordFigures(CONCURRENCY, figures, command);
}
