import { recordFigures } from './results';
import type { Ledger } from './results';

/** What the README promises about the platform. */
const PLATFORM: Ledger = {
  name: 'platform-up',
  title: 'The platform coming up, and going back',
  aims: {
    up_cold_s: '≤ 1500',
    up_warm_s: '≤ 240',
    test_cold_s: '≤ 300',
    test_warm_s: '≤ 80',
    rollback_p95_s: '≤ 10',
    failed_requests: '0',
    requests: '≥ 50 per second throughout',
    rest_mib: '≤ 2810',
  },
};

/** The command whose run produces the figures of the cluster tests. */
export const MEASURED_BY = 'make e2e';

/** Records figures in docs/results/platform-up.{json,md}. */
export function record(figures: Readonly<Record<string, number>>, command: string): void {
  recordFigures(PLATFORM, figures, command);
}
