import { PLATFORM_METRIC } from '../../contracts/metrics';
import {
  gatewayDown,
  mlflowDown,
  ociRegistryDown,
  postgresDown,
  restarts,
  targetsDown,
  targetsMissing,
  trainingsFailed,
  volumeFilling,
} from '../queries/platform';
import type { AlertSpec } from './rule';

const ops = { team: 'ops', severity: 'ticket' } as const;

/** Alerts about what the models run on. Serving goes on without most of it: only the gateway pages. */
export const platformAlerts: readonly AlertSpec[] = [
  {
    name: 'Watchdog',
    expr: 'vector(1)',
    team: 'ops',
    severity: 'none',
    summary: 'Alerting works',
    description: 'Always fires. Whoever expects it and does not get it knows that alerts are not delivered.',
  },
  {
    ...ops,
    name: 'GatewayDown',
    expr: gatewayDown(),
    severity: 'page',
    for: '1m',
    summary: 'The gateway is down',
    description: 'No replica is available: no client gets an answer.',
  },
  {
    ...ops,
    name: 'PostgresDown',
    expr: postgresDown(),
    for: '5m',
    summary: 'PostgreSQL is down',
    description: 'Predictions wait in memory, MLflow fails, quality is not computed. Serving goes on.',
  },
  {
    ...ops,
    name: 'MlflowDown',
    expr: mlflowDown(),
    for: '5m',
    summary: 'MLflow is down',
    description: 'Nothing can be trained or registered. Serving goes on.',
  },
  {
    ...ops,
    name: 'OciRegistryDown',
    expr: ociRegistryDown(),
    for: '5m',
    summary: 'The OCI registry is down',
    description: 'Pods that move to another node cannot pull their image. Pods that run go on.',
  },
  {
    ...ops,
    name: 'VolumeFilling',
    expr: volumeFilling(),
    for: '15m',
    summary: 'Volume {{ $labels.persistentvolumeclaim }} in {{ $labels.namespace }} fills up',
    description: '{{ $value | humanizePercentage }} is free.',
  },
  {
    ...ops,
    name: 'PodRestarting',
    expr: `${restarts('1h')} > 3`,
    for: '5m',
    summary:
      'Container {{ $labels.container }} of {{ $labels.namespace }}/{{ $labels.pod }} restarts again and again',
    description: '{{ $value | printf "%.0f" }} restarts in an hour.',
  },
  {
    ...ops,
    name: 'TargetDown',
    expr: targetsDown(),
    for: '10m',
    summary: '{{ $labels.job }} at {{ $labels.instance }} cannot be scraped',
    description: 'What alerts know of it is out of date.',
  },
  {
    ...ops,
    name: 'TargetMissing',
    expr: targetsMissing(),
    for: '15m',
    summary: 'Nothing of {{ $labels.job }} is scraped',
    description: 'Prometheus knows no target of this job, so that alerts about it cannot fire.',
    runbook: 'target-down',
  },
  {
    ...ops,
    name: 'RuleFailing',
    expr: `sum by (rule_group) (increase(${PLATFORM_METRIC.ruleFailures.name}[15m])) > 0`,
    for: '5m',
    summary: 'Rules of group {{ $labels.rule_group }} cannot be evaluated',
    description: '{{ $value | printf "%.0f" }} evaluations failed in 15 minutes.',
  },
  {
    ...ops,
    name: 'NotificationsFailing',
    expr: `sum by (integration) (increase(${PLATFORM_METRIC.notificationsFailed.name}[15m])) > 0`,
    for: '5m',
    summary: 'Alertmanager cannot deliver through {{ $labels.integration }}',
    description: '{{ $value | printf "%.0f" }} notifications failed in 15 minutes.',
  },
  {
    ...ops,
    name: 'TrainingFailed',
    expr: trainingsFailed(),
    team: 'ml',
    for: '1m',
    summary: 'Training {{ $labels.job_name }} failed',
    description: 'The model that serves stays as it is.',
  },
];
