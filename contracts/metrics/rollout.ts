import type { MetricContract } from './metric';

/** What the rollout controller shows of the release list and its history. */
export const ROLLOUT_METRIC = {
  weight: {
    name: 'rollout_version_weight_percent',
    type: 'gauge',
    unit: 'percent',
    labels: ['model', 'version'],
    help: 'Share of the traffic that the release list gives the version; 0 is a standby.',
  },
  lastChange: {
    name: 'rollout_last_change_timestamp_seconds',
    type: 'gauge',
    unit: 'unix-seconds',
    labels: ['model', 'version', 'action', 'reason'],
    help: 'Time of the newest change of the release list; the labels say what changed and why.',
  },
  changes: {
    name: 'rollout_changes_total',
    type: 'counter',
    unit: 'one',
    labels: ['model', 'action', 'reason'],
    help: 'Changes of the release list: deploy, rollback.',
  },
} as const satisfies Record<string, MetricContract>;
