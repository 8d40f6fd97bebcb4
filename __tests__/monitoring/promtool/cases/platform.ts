import { alertmanagerUp } from './healthy';
import type { Case } from '../suite';

const ops = { severity: 'ticket', team: 'ops' } as const;
const GATEWAY = 'namespace="mlops-serving",deployment="gateway"';
const MLFLOW = 'namespace="mlops-registry",deployment="mlflow"';
const REGISTRY = 'namespace="mlops-registry",deployment="registry"';
const POSTGRES = 'namespace="mlops-registry",statefulset="postgres"';
const VOLUME = 'namespace="mlops-registry",persistentvolumeclaim="data"';
const CONTAINER = 'namespace="mlops-serving",pod="fraud-v1",container="model-server"';
const JOB = 'namespace="mlops-ci",job_name="train-fraud-x"';

const deployment = (labels: string, available: string, wanted = '1x60') => ({
  [`kube_deployment_status_replicas_available{${labels}}`]: available,
  [`kube_deployment_spec_replicas{${labels}}`]: wanted,
});
const DISK = 'node="n",device="/dev/sda1"';
const disk = (used: string) => ({
  [`container_fs_usage_bytes{${DISK}}`]: used,
  [`container_fs_limit_bytes{${DISK}}`]: '100x600',
});
const volume = (available: string) => ({
  [`kubelet_volume_stats_available_bytes{${VOLUME}}`]: available,
  [`kubelet_volume_stats_capacity_bytes{${VOLUME}}`]: '100x600',
});
const from = (labels: string): Record<string, string> =>
  Object.fromEntries(
    [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  );

const cases: readonly Case[] = [
  {
    alert: 'GatewayDown',
    title: 'pages when no replica is available',
    series: deployment(GATEWAY, '2 0x60'),
    at: '10m',
    firing: [{ alertname: 'GatewayDown', severity: 'page', team: 'ops', ...from(GATEWAY) }],
  },
  {
    alert: 'GatewayDown',
    title: 'silent while one is',
    series: deployment(GATEWAY, '2 1x60', '2x60'),
    at: '10m',
    firing: [],
  },
  {
    alert: 'GatewayDown',
    title: 'silent where none is wanted',
    series: deployment(GATEWAY, '0x60', '0x60'),
    at: '10m',
    firing: [],
  },
  {
    alert: 'MlflowDown',
    title: 'fires when it is down for five minutes',
    series: deployment(MLFLOW, '0x60'),
    at: '10m',
    firing: [{ alertname: 'MlflowDown', ...ops, ...from(MLFLOW) }],
  },
  {
    alert: 'MlflowDown',
    title: 'silent during a restart',
    series: deployment(MLFLOW, '1 0x2 1x60'),
    at: '4m',
    firing: [],
  },
  {
    alert: 'OciRegistryDown',
    title: 'fires when it is down for five minutes',
    series: deployment(REGISTRY, '0x60'),
    at: '10m',
    firing: [{ alertname: 'OciRegistryDown', ...ops, ...from(REGISTRY) }],
  },
  {
    alert: 'OciRegistryDown',
    title: 'silent while it runs',
    series: deployment(REGISTRY, '1x60'),
    at: '10m',
    firing: [],
  },
  {
    alert: 'PostgresDown',
    title: 'fires when it is down for five minutes',
    series: { [`kube_statefulset_status_replicas_ready{${POSTGRES}}`]: '0x60' },
    at: '10m',
    firing: [{ alertname: 'PostgresDown', ...ops, ...from(POSTGRES) }],
  },
  {
    alert: 'PostgresDown',
    title: 'silent while it runs',
    series: { [`kube_statefulset_status_replicas_ready{${POSTGRES}}`]: '1x60' },
    at: '10m',
    firing: [],
  },
  {
    alert: 'VolumeFilling',
    title: 'fires when nothing will be free in four days',
    series: volume('19-0.01x600'),
    at: '7h',
    firing: [{ alertname: 'VolumeFilling', ...ops, ...from(VOLUME) }],
  },
  {
    alert: 'VolumeFilling',
    title: 'fires when nearly full',
    series: volume('4x600'),
    at: '1h',
    firing: [{ alertname: 'VolumeFilling', ...ops, ...from(VOLUME) }],
  },
  {
    alert: 'VolumeFilling',
    title: 'silent when half full and filling',
    series: volume('60-0.01x600'),
    at: '7h',
    firing: [],
  },
  {
    alert: 'VolumeFilling',
    title: 'silent when rather full and steady',
    series: volume('15x600'),
    at: '7h',
    firing: [],
  },
  {
    alert: 'NodeDiskFilling',
    title: 'fires when nothing will be free in four days',
    series: disk('81+0.01x600'),
    at: '7h',
    firing: [{ alertname: 'NodeDiskFilling', ...ops, ...from(DISK) }],
  },
  {
    alert: 'NodeDiskFilling',
    title: 'silent when rather full and steady',
    series: disk('85x600'),
    at: '7h',
    firing: [],
  },
  {
    alert: 'PodRestarting',
    title: 'fires at a restart every ten minutes',
    series: { [`kube_pod_container_status_restarts_total{${CONTAINER}}`]: '0x9 1x9 2x9 3x9 4x9 5x9 6x20' },
    at: '1h5m',
    firing: [{ alertname: 'PodRestarting', ...ops, ...from(CONTAINER) }],
  },
  {
    alert: 'PodRestarting',
    title: 'silent after one restart',
    series: { [`kube_pod_container_status_restarts_total{${CONTAINER}}`]: '0x30 1x60' },
    at: '1h5m',
    firing: [],
  },
  {
    alert: 'TargetDown',
    title: 'fires for a target that cannot be scraped',
    series: { 'up{job="model-server",instance="b"}': '1x5 0x60' },
    at: '30m',
    firing: [{ alertname: 'TargetDown', ...ops, job: 'model-server', instance: 'b' }],
  },
  {
    alert: 'TargetDown',
    title: 'silent when one scrape fails',
    series: { 'up{job="model-server",instance="b"}': '1x5 0 1x60' },
    at: '7m',
    firing: [],
  },
  {
    alert: 'TargetMissing',
    title: 'fires when a job has no target',
    series: { 'up{job="kubelet",instance="a"}': '_x60' },
    at: '30m',
    firing: [{ alertname: 'TargetMissing', ...ops, job: 'kubelet' }],
  },
  {
    alert: 'TargetMissing',
    title: 'fires when the gateway has no target',
    series: { 'up{job="gateway",instance="a"}': '_x60' },
    at: '30m',
    firing: [{ alertname: 'TargetMissing', ...ops, job: 'gateway' }],
  },
  { alert: 'TargetMissing', title: 'silent while each has one', series: {}, at: '30m', firing: [] },
  {
    alert: 'RuleFailing',
    title: 'fires while evaluations fail',
    series: { 'prometheus_rule_evaluation_failures_total{rule_group="drift"}': '0+1x60' },
    at: '30m',
    firing: [{ alertname: 'RuleFailing', ...ops, rule_group: 'drift' }],
  },
  {
    alert: 'RuleFailing',
    title: 'silent while none does',
    series: { 'prometheus_rule_evaluation_failures_total{rule_group="drift"}': '3x60' },
    at: '30m',
    firing: [],
  },
  {
    alert: 'NotificationsFailing',
    title: 'fires while deliveries fail',
    series: { 'alertmanager_notifications_failed_total{integration="webhook",reason="other"}': '0+1x60' },
    at: '30m',
    firing: [{ alertname: 'NotificationsFailing', ...ops, integration: 'webhook' }],
  },
  {
    alert: 'NotificationsFailing',
    title: 'silent while none does',
    series: alertmanagerUp,
    at: '30m',
    firing: [],
  },
  {
    alert: 'TrainingFailed',
    title: 'fires for a failed job',
    series: { [`kube_job_status_failed{${JOB}}`]: '0x5 1x60' },
    at: '30m',
    firing: [{ alertname: 'TrainingFailed', severity: 'ticket', team: 'ml', ...from(JOB) }],
  },
  {
    alert: 'TrainingFailed',
    title: 'silent for one that succeeds',
    series: { [`kube_job_status_failed{${JOB}}`]: '0x60' },
    at: '30m',
    firing: [],
  },
  {
    alert: 'Watchdog',
    title: 'always fires, alone',
    series: {},
    at: '1m',
    firing: [],
    holds: [{ expr: 'ALERTS{alertname="Watchdog",alertstate="firing"}', series: 1 }],
  },
];

export { cases as platformCases };
