import type { MetricContract } from './metric';

/**
 * What the release list and its history say. Every pod of the gateway exports the same, so that queries take the
 * maximum.
 */
export const ROLLOUT_METRIC = {
  weight: {
    name: 'rollout_version_weight_percent',
    type: 'gauge',
    unit: 'percent',
    labels: ['model', 'version'],
    help: 'Share of the traffic that the release list gives the version; 0 is a standby.',
  },
  championSince: {
    name: 'rollout_champion_since_timestamp_seconds',
    type: 'gauge',
    unit: 'unix-seconds',
    labels: ['model', 'version'],
    help: 'When the version with the most traffic got it.',
  },
  /** `reason` is what stands before the figures in the note of the history, `unstated` without a note. */
  lastChange: {
    name: 'rollout_last_change_timestamp_seconds',
    type: 'gauge',
    unit: 'unix-seconds',
    labels: ['model', 'version', 'action', 'reason'],
    help: 'When the version was last deployed or rolled back to for that reason; of the 20 newest changes of a model.',
  },
} as const satisfies Record<string, MetricContract>;
