import { PLATFORM_METRIC } from '../../contracts/metrics';
import {
  cpu,
  diskFree,
  memorySaturation,
  OURS,
  restarts,
  targetsDown,
  volumeFree,
} from '../queries/platform';
import { selector } from '../queries/promql';
import { RATE } from '../queries/variables';
import { runbookFile } from '../rules/rule';
import type { DashboardSpec } from './dashboard';

const runbook = (name: string) => [{ title: 'Runbook', url: runbookFile(name) }];

export const platformDashboard: DashboardSpec = {
  uid: 'mlops-platform',
  title: 'Platform',
  description: 'Is the platform up, is it full, does it restart?',
  rows: [
    {
      title: 'Now',
      panels: [
        {
          kind: 'table',
          title: 'Alerts',
          description: 'Alerts that are firing or pending.',
          unit: 'none',
          queries: [{ expr: selector(PLATFORM_METRIC.alerts.name, { alertname: '!=Watchdog' }) }],
          width: 12,
          noValue: 'none',
        },
        {
          kind: 'states',
          title: 'Up',
          description: 'Whether each target can be scraped.',
          unit: 'none',
          queries: [{ expr: PLATFORM_METRIC.up.name, legend: '{{job}} {{instance}}' }],
          names: { 0: { text: 'down', color: 'red' }, 1: { text: 'up', color: 'green' } },
          links: runbook('target-down'),
          width: 12,
        },
        {
          kind: 'stat',
          title: 'Targets down',
          description: 'Targets that cannot be scraped: alerts about them see stale data.',
          unit: 'none',
          queries: [{ expr: `count(${targetsDown()}) or vector(0)`, legend: 'down' }],
          levels: [{ at: 1, color: 'red' }],
          links: runbook('target-down'),
          width: 6,
          height: 5,
        },
        {
          kind: 'stat',
          title: 'Pods not running',
          description: 'Pending or failed pods of the platform.',
          unit: 'none',
          queries: [
            {
              expr: `sum(${selector(PLATFORM_METRIC.podPhase.name, { namespace: OURS, phase: '=~Pending|Failed|Unknown' })}) or vector(0)`,
              legend: 'pods',
            },
          ],
          levels: [{ at: 1, color: 'yellow' }],
          links: runbook('pod-restarting'),
          width: 6,
          height: 5,
        },
        {
          kind: 'stat',
          title: 'Restarts per hour',
          description: "Restarts of the platform's containers.",
          unit: 'none',
          queries: [{ expr: `sum(${restarts('1h')})`, legend: 'restarts' }],
          levels: [{ at: 3, color: 'red' }],
          links: runbook('pod-restarting'),
          width: 6,
          height: 5,
        },
        {
          kind: 'stat',
          title: 'Fullest volume or disk',
          description: 'Lowest free share of any volume or node disk.',
          unit: 'percentunit',
          queries: [{ expr: `min(${volumeFree()} or ${diskFree()})`, legend: 'free' }],
          levels: [
            { at: 0, color: 'red' },
            { at: 0.05, color: 'yellow' },
            { at: 0.2, color: 'green' },
          ],
          links: runbook('volume-filling'),
          width: 6,
          height: 5,
        },
      ],
    },
    {
      title: 'Saturation',
      panels: [
        {
          kind: 'lines',
          title: 'CPU',
          description: 'Cores in use per pod.',
          unit: 'short',
          queries: [{ expr: cpu(RATE), legend: '{{namespace}}/{{pod}}' }],
          min: 0,
        },
        {
          kind: 'lines',
          title: 'Memory, share of the limit',
          description: 'At 1 the kernel kills the container.',
          unit: 'percentunit',
          queries: [{ expr: memorySaturation(), legend: '{{namespace}}/{{pod}}' }],
          levels: [{ at: 0.9, color: 'red' }],
          links: runbook('pod-restarting'),
          min: 0,
          max: 1,
        },
        {
          kind: 'lines',
          title: 'Volumes and disks, free share',
          description:
            "The alert looks four days ahead. Volumes that are folders on a node, as on kind, show as the node's disk.",
          unit: 'percentunit',
          queries: [
            { expr: volumeFree(), legend: '{{namespace}}/{{persistentvolumeclaim}}' },
            { expr: diskFree(), legend: '{{node}} {{device}}' },
          ],
          links: runbook('volume-filling'),
          min: 0,
          max: 1,
        },
      ],
    },
    {
      title: 'Jobs',
      panels: [
        {
          kind: 'lines',
          title: 'Running jobs',
          description: 'Pods of training and other Jobs.',
          unit: 'none',
          queries: [
            { expr: selector(PLATFORM_METRIC.jobActive.name, { namespace: OURS }), legend: '{{job_name}}' },
          ],
          min: 0,
        },
        {
          kind: 'lines',
          title: 'Failed jobs',
          description: 'Failed pods of Jobs that still exist.',
          unit: 'none',
          queries: [
            {
              expr: `${selector(PLATFORM_METRIC.jobFailed.name, { namespace: OURS })} > 0`,
              legend: '{{job_name}}',
            },
          ],
          links: runbook('training-failed'),
          min: 0,
          noValue: 'none',
        },
        {
          kind: 'lines',
          title: 'Waiting containers',
          description: 'Why containers do not start, such as ImagePullBackOff.',
          unit: 'none',
          queries: [
            {
              expr: `sum by (namespace, pod, reason) (${selector(PLATFORM_METRIC.waitingReason.name, { namespace: OURS })})`,
              legend: '{{pod}} {{reason}}',
            },
          ],
          min: 0,
          noValue: 'none',
        },
      ],
    },
    {
      title: 'Monitoring itself',
      panels: [
        {
          kind: 'lines',
          title: 'Rule evaluation time',
          description: 'Duration of evaluations. Together they must stay below 2 % of a core.',
          unit: 's',
          queries: [{ expr: PLATFORM_METRIC.ruleSeconds.name, legend: '{{rule_group}}' }],
          links: runbook('rule-failing'),
          min: 0,
        },
        {
          kind: 'lines',
          title: 'Series in memory',
          description: 'Grows with models, versions, features and pods.',
          unit: 'short',
          queries: [{ expr: PLATFORM_METRIC.headSeries.name, legend: '{{instance}}' }],
          min: 0,
        },
        {
          kind: 'lines',
          title: 'Process memory',
          description: 'Resident memory of all scraped processes.',
          unit: 'bytes',
          queries: [{ expr: PLATFORM_METRIC.residentMemory.name, legend: '{{job}} {{instance}}' }],
          min: 0,
        },
      ],
    },
  ],
};
