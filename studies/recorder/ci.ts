import { recordFigures, type Ledger } from './results';

/** What the platform promises about its CI. */
const CI: Ledger = {
  name: 'ci',
  title: 'Builds in the cluster',
  aims: {
    trigger_to_started_s: '≤ 30',
    killed_to_final_s: '≤ 60',
    out_of_memory_to_final_s: '≤ 60',
    unpullable_to_final_s: '≤ 60',
    registry_down_to_final_s: '≤ 60',
    postgres_back_to_final_s: '≤ 60',
    attempts_max: '≤ 2',
    duplicates_started: '0',
    pods_left: '0',
    ci_mib: '≤ 250',
    serving_p99_ratio_while_training: '≤ 1.5',
    serving_p99_ratio_while_training_least: '–',
    serving_p99_ratio_while_training_most: '–',
    access_questions: '–',
    access_wrong: '0',
    commit_to_served_s: '–',
    commit_failed_requests: '0',
  },
};

/** Records figures in docs/results/ci.{json,md}; figures of other commands stay. */
export function recordCi(figures: Readonly<Record<string, number>>, command: string): void {
  recordFigures(CI, figures, command);
}
