import type { MetricContract } from './metric';

const VERSION = ['model', 'version'] as const;
/** `window` is a length in days such as `7d`: predictions whose cohort is mature, counted back from the newest. */
const WINDOW = [...VERSION, 'window'] as const;
const ESTIMATE = [...WINDOW, 'metric'] as const;

/** Values of the label `metric`. `recall_unalerted`: among rows that raised no alert, whose labels come later. */
export const QUALITY_MEASURE = [
  'average_precision',
  'auc_roc',
  'precision',
  'recall',
  'recall_unalerted',
] as const;

/** Values of the label `window`; the first is the one that alerts look at. */
export const QUALITY_WINDOW = ['7d', '28d'] as const;

/** What the quality exporter shows of predictions joined with their late labels. */
export const QUALITY_METRIC = {
  estimate: {
    name: 'model_quality_estimate',
    type: 'gauge',
    unit: 'ratio',
    labels: ESTIMATE,
    help: 'Quality of mature cohorts; no series while there is not enough evidence.',
  },
  lower: {
    name: 'model_quality_interval_lower',
    type: 'gauge',
    unit: 'ratio',
    labels: ESTIMATE,
    help: 'Lower end of the 95 % interval of the estimate.',
  },
  upper: {
    name: 'model_quality_interval_upper',
    type: 'gauge',
    unit: 'ratio',
    labels: ESTIMATE,
    help: 'Upper end of the 95 % interval of the estimate.',
  },
  gate: {
    name: 'model_quality_gate',
    type: 'gauge',
    unit: 'ratio',
    labels: [...VERSION, 'metric'],
    help: 'Least value that the model had to reach before it was registered.',
  },
  predictions: {
    name: 'model_quality_predictions',
    type: 'gauge',
    unit: 'rows',
    labels: WINDOW,
    help: 'Predictions in mature cohorts.',
  },
  labelled: {
    name: 'model_quality_labelled_predictions',
    type: 'gauge',
    unit: 'rows',
    labels: WINDOW,
    help: 'Predictions in mature cohorts that have a label; over predictions it is the coverage.',
  },
  positives: {
    name: 'model_quality_positives',
    type: 'gauge',
    unit: 'rows',
    labels: WINDOW,
    help: 'Predictions in mature cohorts whose label is positive.',
  },
  expected: {
    name: 'model_quality_label_free_estimate',
    type: 'gauge',
    unit: 'ratio',
    labels: ESTIMATE,
    help: 'Quality estimated from scores alone (CBPE): an early signal, blind to changes of what a score means.',
  },
  calibrationScore: {
    name: 'model_quality_calibration_score',
    type: 'gauge',
    unit: 'ratio',
    labels: [...WINDOW, 'bin'],
    help: 'Mean score of the labelled predictions of a score bin.',
  },
  calibrationRate: {
    name: 'model_quality_calibration_positive_rate',
    type: 'gauge',
    unit: 'ratio',
    labels: [...WINDOW, 'bin'],
    help: 'Share of positives among the labelled predictions of a score bin.',
  },
  labels: {
    name: 'model_quality_labels_total',
    type: 'counter',
    unit: 'rows',
    labels: ['model', 'source', 'outcome'],
    help: 'Labels received, by source and outcome: joined, unknown, duplicate, contradicting, future.',
  },
  newestLabel: {
    name: 'model_quality_newest_label_timestamp_seconds',
    type: 'gauge',
    unit: 'unix-seconds',
    labels: ['model'],
    help: 'Time at which the newest label arrived; no series before the first.',
  },
  labelDelay: {
    name: 'model_quality_label_delay_seconds',
    type: 'histogram',
    unit: 'seconds',
    labels: ['model'],
    help: 'Time from a prediction to the arrival of its label.',
  },
  labelHorizon: {
    name: 'model_quality_label_horizon_seconds',
    type: 'gauge',
    unit: 'seconds',
    labels: ['model'],
    help: 'Age from which a cohort counts as mature.',
  },
  cycleDuration: {
    name: 'model_quality_cycle_duration_seconds',
    type: 'gauge',
    unit: 'seconds',
    labels: [],
    help: 'Time that the last cycle of joining and counting took.',
  },
  lastSuccess: {
    name: 'model_quality_last_success_timestamp_seconds',
    type: 'gauge',
    unit: 'unix-seconds',
    labels: [],
    help: 'End of the last cycle that succeeded.',
  },
} as const satisfies Record<string, MetricContract>;
