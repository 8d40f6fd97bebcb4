import { GATEWAY_METRIC, MODEL_SERVER_METRIC, ROLLOUT_METRIC } from '../../contracts/metrics';
import { trainingsActive, trainingSeconds, trainingsFailed } from '../queries/platform';
import { maxBy, selector, sumBy } from '../queries/promql';
import { dataEnd } from '../queries/quality';
import { CHOSEN } from '../queries/variables';
import { STALE_DATA_DAYS } from '../rules/model';
import { runbookFile } from '../rules/rule';
import type { DashboardSpec } from './dashboard';

const VERSION = ['model', 'version'] as const;
const CHANGE = ROLLOUT_METRIC.lastChange.labels;
const runbook = (name: string) => [{ title: 'Runbook', url: runbookFile(name) }];
/** Seconds in Prometheus, milliseconds in Grafana's dates. */
const asDate = (seconds: string) => `${seconds} * 1000`;

export const lifeCycleDashboard: DashboardSpec = {
  uid: 'mlops-life-cycle',
  title: 'Life cycle',
  description: 'Which versions serve, since when and why, and how old their data is.',
  from: 'now-7d',
  variables: ['model', 'version'],
  rows: [
    {
      title: 'Versions',
      panels: [
        {
          kind: 'lines',
          title: 'Applied weights',
          description: 'Share of traffic per version, as the gateway applies it.',
          unit: 'percent',
          queries: [
            {
              expr: maxBy(VERSION, selector(GATEWAY_METRIC.weight.name, CHOSEN.version)),
              legend: '{{model}} v{{version}}',
            },
          ],
          links: runbook('release-list-refused'),
          stacked: true,
          min: 0,
          max: 100,
          width: 12,
        },
        {
          kind: 'lines',
          title: 'Desired weights',
          description: 'Share of traffic per version in the release list. Takes effect within seconds.',
          unit: 'percent',
          queries: [
            {
              expr: maxBy(VERSION, selector(ROLLOUT_METRIC.weight.name, CHOSEN.version)),
              legend: '{{model}} v{{version}}',
            },
          ],
          links: runbook('release-list-refused'),
          stacked: true,
          min: 0,
          max: 100,
          width: 12,
        },
        {
          kind: 'table',
          title: 'Serving since',
          description: 'The version with the most traffic in the release list, and when it got it.',
          unit: 'dateTimeAsIso',
          queries: [
            { expr: asDate(maxBy(VERSION, selector(ROLLOUT_METRIC.championSince.name, CHOSEN.model))) },
          ],
          width: 12,
          noValue: 'none',
        },
        {
          kind: 'table',
          title: 'Changes',
          description: 'The newest deployments and rollbacks: to which version, when, and why.',
          unit: 'dateTimeAsIso',
          queries: [{ expr: asDate(maxBy(CHANGE, selector(ROLLOUT_METRIC.lastChange.name, CHOSEN.model))) }],
          width: 12,
          noValue: 'none',
        },
        {
          kind: 'bars',
          title: 'Deployments and rollbacks by reason',
          description: 'Changes of the release list in the hour before.',
          unit: 'short',
          queries: [
            {
              // A version that changes twice for one reason within an hour counts once.
              expr: sumBy(
                ['model', 'action', 'reason'],
                `${maxBy(CHANGE, selector(ROLLOUT_METRIC.lastChange.name, CHOSEN.model))} > bool time() - 3600`,
              ),
              legend: '{{action}} {{reason}}',
            },
          ],
          stacked: true,
          min: 0,
          width: 12,
          noValue: 'none',
        },
      ],
    },
    {
      title: 'Training',
      panels: [
        {
          kind: 'stat',
          title: 'Data age',
          description: `Time since the end of the serving version's data. The alert fires after ${STALE_DATA_DAYS} days.`,
          unit: 's',
          queries: [{ expr: `time() - ${dataEnd()}`, legend: '{{model}}' }],
          levels: [
            { at: 28 * 86_400, color: 'yellow' },
            { at: STALE_DATA_DAYS * 86_400, color: 'red' },
          ],
          links: runbook('pipeline-stale'),
          noValue: 'unknown',
        },
        {
          kind: 'lines',
          title: 'Data age by version',
          description: "Time since the end of each running version's data.",
          unit: 's',
          queries: [
            {
              expr: `time() - ${maxBy(VERSION, selector(MODEL_SERVER_METRIC.dataEnd.name, CHOSEN.version))}`,
              legend: '{{model}} v{{version}}',
            },
          ],
          links: runbook('pipeline-stale'),
          min: 0,
          noValue: 'unknown',
        },
        {
          kind: 'stat',
          title: 'Running trainings',
          description: 'Pods of running trainings.',
          unit: 'none',
          queries: [{ expr: trainingsActive(), legend: 'running' }],
          noValue: 'none',
        },
        {
          kind: 'table',
          title: 'Trainings',
          description: 'Duration of finished trainings whose Job still exists.',
          unit: 's',
          queries: [{ expr: trainingSeconds() }],
          width: 12,
          noValue: 'none',
        },
        {
          kind: 'table',
          title: 'Failed trainings',
          description: 'Failed pods per training. The serving version is unaffected.',
          unit: 'none',
          queries: [{ expr: trainingsFailed() }],
          links: runbook('training-failed'),
          width: 12,
          noValue: 'none',
        },
      ],
    },
  ],
};
