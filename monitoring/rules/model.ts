import { GATEWAY_METRIC, MODEL_SERVER_METRIC, QUALITY_METRIC } from '../../contracts/metrics';
import { drifting } from '../queries/drift';
import { sumBy } from '../queries/promql';
import { belowGate, dataEnd, labelSilence } from '../queries/quality';
import type { AlertSpec } from './rule';

const DAY = 86_400;

/** Data older than this no longer represents current traffic: twice the cycle of train, wait, test and wait. */
export const STALE_DATA_DAYS = 42;
const SILENT_LABELS_HOURS = 36;

const { predictionsDropped, predictionWritesFailed } = MODEL_SERVER_METRIC;

/** Alerts about models: quality pages; drift is no harm in itself and waits for the morning. */
export const modelAlerts: readonly AlertSpec[] = [
  {
    name: 'QualityBelowGate',
    expr: belowGate(),
    team: 'ml',
    severity: 'page',
    for: '1h',
    summary: '{{ $labels.metric }} of {{ $labels.model }} version {{ $labels.version }} is below its gate',
    description:
      'The upper end of its 95 % interval is {{ $value | printf "%.3f" }}, below the minimum required for registration.',
  },
  {
    name: 'FeatureDrift',
    expr: drifting('feature'),
    team: 'ml',
    severity: 'ticket',
    keepFiringFor: '1d',
    summary:
      '{{ $labels.feature }} of {{ $labels.model }} version {{ $labels.version }} has drifted from training',
    description: 'PSI over the last week is {{ $value | printf "%.4f" }}, above what noise explains.',
  },
  {
    name: 'ScoreDrift',
    expr: drifting('score'),
    team: 'ml',
    severity: 'ticket',
    keepFiringFor: '1d',
    summary: 'Scores of {{ $labels.model }} version {{ $labels.version }} have drifted from training',
    description: 'PSI over the last week is {{ $value | printf "%.4f" }}, above what noise explains.',
  },
  {
    name: 'LabelStreamStalled',
    expr: labelSilence()
      .replace(/^\(/, '((')
      .replace(/\n\)/, `\n) > ${SILENT_LABELS_HOURS * 3_600})`),
    team: 'ml',
    severity: 'ticket',
    for: '1h',
    summary: 'No labels are arriving for {{ $labels.model }}',
    description:
      'The newest label is {{ $value | humanizeDuration }} old; quality can no longer be measured.',
  },
  {
    name: 'QualityExporterStale',
    expr: `time() - ${QUALITY_METRIC.lastSuccess.name} > 1800`,
    team: 'ml',
    severity: 'ticket',
    for: '5m',
    summary: 'Quality figures are no longer computed',
    description: 'The last successful cycle ended {{ $value | humanizeDuration }} ago.',
  },
  {
    name: 'PipelineStale',
    expr: `time() - ${dataEnd()} > ${STALE_DATA_DAYS * DAY}`,
    team: 'ml',
    severity: 'ticket',
    for: '1h',
    summary: 'The serving version of {{ $labels.model }} is stale',
    description: 'Its training data ended {{ $value | humanizeDuration }} ago.',
  },
  {
    name: 'PredictionLogDropping',
    expr: `${sumBy(['model', 'version'], `increase(${predictionsDropped.name}[15m])`)} > 0`,
    team: 'ops',
    severity: 'ticket',
    for: '5m',
    summary:
      'Predictions of {{ $labels.model }} version {{ $labels.version }} are dropped from the prediction log',
    description: '{{ $value | printf "%.0f" }} predictions were dropped in 15 minutes.',
  },
  {
    name: 'PredictionLogFailing',
    expr: `${sumBy(['model', 'version'], `increase(${predictionWritesFailed.name}[15m])`)} > 0`,
    team: 'ops',
    severity: 'ticket',
    for: '15m',
    summary: 'Predictions of {{ $labels.model }} version {{ $labels.version }} cannot be stored',
    description:
      '{{ $value | printf "%.0f" }} writes failed in 15 minutes; predictions queue in memory and will be dropped.',
    runbook: 'prediction-log-dropping',
  },
  {
    name: 'ReleaseListRefused',
    expr: `max by (model) (${GATEWAY_METRIC.releaseListRefused.name}) > 0`,
    team: 'ops',
    severity: 'ticket',
    for: '5m',
    summary: 'The gateway refuses the release list of {{ $labels.model }}',
    description: 'The last valid weights stay in effect until the list is fixed.',
  },
];
