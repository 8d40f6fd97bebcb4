import type { MetricContract } from './metric';

const gauge = (
  name: string,
  unit: MetricContract['unit'],
  labels: readonly string[],
  help: string,
): MetricContract => ({ name, type: 'gauge', unit, labels, help });
const counter = (
  name: string,
  unit: MetricContract['unit'],
  labels: readonly string[],
  help: string,
): MetricContract => ({ name, type: 'counter', unit, labels, help });

const CONTAINER = ['namespace', 'pod', 'container'] as const;
const VOLUME = ['namespace', 'persistentvolumeclaim'] as const;

/** Metrics of others that rules and dashboards read: Prometheus, kube-state-metrics, the kubelet, client libraries. */
export const PLATFORM_METRIC = {
  up: gauge('up', 'one', [], 'Whether the last scrape of the target succeeded.'),
  ruleFailures: counter(
    'prometheus_rule_evaluation_failures_total',
    'one',
    ['rule_group'],
    'Rule evaluations that failed.',
  ),
  ruleSeconds: gauge(
    'prometheus_rule_group_last_duration_seconds',
    'seconds',
    ['rule_group'],
    'Time that the last evaluation of a rule group took.',
  ),
  headSeries: gauge('prometheus_tsdb_head_series', 'one', [], 'Series in memory.'),
  notificationsFailed: counter(
    'alertmanager_notifications_failed_total',
    'one',
    ['integration', 'reason'],
    'Notifications that could not be delivered.',
  ),
  cpuSeconds: counter('process_cpu_seconds_total', 'seconds', [], 'CPU time of the process.'),
  residentMemory: gauge('process_resident_memory_bytes', 'bytes', [], 'Memory of the process.'),
  containerCpu: counter(
    'container_cpu_usage_seconds_total',
    'seconds',
    CONTAINER,
    'CPU time of the container.',
  ),
  containerMemory: gauge(
    'container_memory_working_set_bytes',
    'bytes',
    CONTAINER,
    'Memory of the container that cannot be reclaimed.',
  ),
  memoryLimit: gauge(
    'kube_pod_container_resource_limits',
    'one',
    [...CONTAINER, 'resource'],
    'Limit of a resource of the container.',
  ),
  restarts: counter(
    'kube_pod_container_status_restarts_total',
    'one',
    CONTAINER,
    'Restarts of the container.',
  ),
  waitingReason: gauge(
    'kube_pod_container_status_waiting_reason',
    'one',
    [...CONTAINER, 'reason'],
    'Why the container waits.',
  ),
  podPhase: gauge('kube_pod_status_phase', 'one', ['namespace', 'pod', 'phase'], 'Phase of the pod.'),
  deploymentReplicas: gauge(
    'kube_deployment_spec_replicas',
    'one',
    ['namespace', 'deployment'],
    'Replicas that a Deployment should have.',
  ),
  deploymentAvailable: gauge(
    'kube_deployment_status_replicas_available',
    'one',
    ['namespace', 'deployment'],
    'Replicas of a Deployment that are available.',
  ),
  statefulSetReady: gauge(
    'kube_statefulset_status_replicas_ready',
    'one',
    ['namespace', 'statefulset'],
    'Replicas of a StatefulSet that are ready.',
  ),
  jobStart: gauge(
    'kube_job_status_start_time',
    'unix-seconds',
    ['namespace', 'job_name'],
    'Time at which a Job started.',
  ),
  jobCompletion: gauge(
    'kube_job_status_completion_time',
    'unix-seconds',
    ['namespace', 'job_name'],
    'Time at which a Job completed.',
  ),
  jobFailed: gauge('kube_job_status_failed', 'one', ['namespace', 'job_name'], 'Pods of a Job that failed.'),
  jobActive: gauge('kube_job_status_active', 'one', ['namespace', 'job_name'], 'Pods of a Job that run.'),
  volumeAvailable: gauge('kubelet_volume_stats_available_bytes', 'bytes', VOLUME, 'Free space of a volume.'),
  volumeCapacity: gauge('kubelet_volume_stats_capacity_bytes', 'bytes', VOLUME, 'Size of a volume.'),
  diskUsed: gauge(
    'container_fs_usage_bytes',
    'bytes',
    ['node', 'device'],
    'Used space of a disk of the node.',
  ),
  diskSize: gauge('container_fs_limit_bytes', 'bytes', ['node', 'device'], 'Size of a disk of the node.'),
  alerts: gauge('ALERTS', 'one', ['alertname', 'alertstate', 'severity', 'team'], 'Alerts by state.'),
} as const satisfies Record<string, MetricContract>;

/** Names of the scrape jobs, the label `job`. */
export const SCRAPE_JOB = {
  gateway: 'gateway',
  modelServer: 'model-server',
  quality: 'quality-exporter',
  rollout: 'rollout-controller',
  kubeState: 'kube-state-metrics',
  kubelet: 'kubelet',
  prometheus: 'prometheus',
  alertmanager: 'alertmanager',
} as const;
