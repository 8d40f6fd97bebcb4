import { MODEL_SERVER_METRIC, PLATFORM_METRIC } from '../../contracts/metrics';
import { NAMESPACE } from '../../contracts/namespaces';
import { OBJECTIVES, type Objective } from '../queries/burn';
import { maxBy, selector, sumBy } from '../queries/promql';
import { RECORDED } from '../queries/recorded';
import {
  BURN_WINDOWS,
  durationBuckets,
  failedAttempts,
  failures,
  quantile,
  requests,
  SLO,
} from '../queries/serving';
import { CHOSEN, RATE } from '../queries/variables';
import { runbookFile } from '../rules/rule';
import type { DashboardSpec } from './dashboard';

const VERSION = ['model', 'version'] as const;
const legend = '{{model}} v{{version}}';
const burnLink = { title: 'Runbook', url: runbookFile('error-budget-burn') };
const latencyLink = { title: 'Runbook', url: runbookFile('latency-budget-burn') };
const logLink = { title: 'Runbook', url: runbookFile('prediction-log-dropping') };
const budget = (share: string, promised: number) =>
  `1 - ${selector(share, { ...CHOSEN.model, window: '3d' })} / ${Number((1 - promised).toPrecision(6))}`;
/** How fast a budget burns for certain: what the alert compares, of both its windows the lower. */
const leastBurn = (objective: Objective['name']) => {
  const { budget: share = NaN } = OBJECTIVES.find(({ name }) => name === objective) ?? {};
  const bounds = selector(RECORDED.burnBound, { ...CHOSEN.model, objective, bound: 'lower' });
  return `min by (model, window) (${bounds}) / ${share}`;
};
const alarms = BURN_WINDOWS.map(({ long, factor }) => `${factor} (${long})`).join(', ');
const counter = (name: string) => sumBy(VERSION, `rate(${selector(name, CHOSEN.version)}[${RATE}])`);

export const servingDashboard: DashboardSpec = {
  uid: 'mlops-serving',
  title: 'Serving',
  description: 'Are clients served, how fast, and by which version?',
  variables: ['model', 'version'],
  rows: [
    {
      title: 'Objectives',
      panels: [
        {
          kind: 'stat',
          title: 'Requests',
          description: 'Requests per second in the last five minutes, as clients see them.',
          unit: 'reqps',
          queries: [{ expr: selector(RECORDED.requests, CHOSEN.model), legend: '{{model}}' }],
          width: 6,
          height: 5,
        },
        {
          kind: 'stat',
          title: 'Failed in the last day',
          description: `Share of requests with a server-side failure. ${100 * SLO.availability} % must succeed.`,
          unit: 'percentunit',
          queries: [
            { expr: selector(RECORDED.errorShare, { ...CHOSEN.model, window: '1d' }), legend: '{{model}}' },
          ],
          levels: [{ at: 1 - SLO.availability, color: 'red' }],
          links: [burnLink],
          width: 6,
          height: 5,
        },
        {
          kind: 'stat',
          title: 'Error budget left',
          description:
            'What is left of the 30-day budget at the rate of the last three days. Below 0 it will run out.',
          unit: 'percentunit',
          queries: [{ expr: budget(RECORDED.errorShare, SLO.availability), legend: '{{model}}' }],
          levels: [
            { at: -1e9, color: 'red' },
            { at: 0, color: 'yellow' },
            { at: 0.5, color: 'green' },
          ],
          links: [burnLink],
          width: 6,
          height: 5,
        },
        {
          kind: 'stat',
          title: 'Latency budget left',
          description: `What is left of the budget for answers slower than ${SLO.latencySeconds * 1000} ms.`,
          unit: 'percentunit',
          queries: [{ expr: budget(RECORDED.slowShare, SLO.latency), legend: '{{model}}' }],
          levels: [
            { at: -1e9, color: 'red' },
            { at: 0, color: 'yellow' },
            { at: 0.5, color: 'green' },
          ],
          links: [latencyLink],
          width: 6,
          height: 5,
        },
        {
          kind: 'lines',
          title: 'Failed share by window',
          description: 'Share of failed requests. The dashed line is the 30-day budget.',
          unit: 'percentunit',
          queries: [{ expr: selector(RECORDED.errorShare, CHOSEN.model), legend: '{{model}} {{window}}' }],
          levels: [{ at: 1 - SLO.availability, color: 'red' }],
          links: [burnLink],
          width: 12,
          min: 0,
        },
        {
          kind: 'lines',
          title: 'Slow share by window',
          description: `Share of answers slower than ${SLO.latencySeconds * 1000} ms. The dashed line is the 30-day budget.`,
          unit: 'percentunit',
          queries: [{ expr: selector(RECORDED.slowShare, CHOSEN.model), legend: '{{model}} {{window}}' }],
          levels: [{ at: 1 - SLO.latency, color: 'red' }],
          links: [latencyLink],
          width: 12,
          min: 0,
        },
        {
          kind: 'lines',
          title: 'Error budget burn, at least',
          description: `How many times too fast failures spend the budget, with 95 % confidence. The alerts fire above ${alarms}.`,
          unit: 'short',
          queries: [{ expr: leastBurn('availability'), legend: '{{model}} {{window}}' }],
          links: [burnLink],
          width: 12,
          min: 0,
        },
        {
          kind: 'lines',
          title: 'Latency budget burn, at least',
          description: `How many times too fast slow answers spend the budget, with 95 % confidence. The alerts fire above ${alarms}.`,
          unit: 'short',
          queries: [{ expr: leastBurn('latency'), legend: '{{model}} {{window}}' }],
          links: [latencyLink],
          width: 12,
          min: 0,
        },
      ],
    },
    {
      title: 'Per version',
      panels: [
        {
          kind: 'lines',
          title: 'Rate',
          description: 'Requests per second by version.',
          unit: 'reqps',
          queries: [{ expr: requests(VERSION, RATE, CHOSEN.version), legend }],
          stacked: true,
          min: 0,
        },
        {
          kind: 'lines',
          title: 'Errors',
          description: 'Failed requests per second by version, after any retry.',
          unit: 'reqps',
          queries: [{ expr: failures(VERSION, RATE, CHOSEN.version), legend }],
          links: [burnLink],
          min: 0,
        },
        {
          kind: 'lines',
          title: 'Attempts without an answer',
          description: 'Before any retry: a version may fail here without clients noticing.',
          unit: 'reqps',
          queries: [
            {
              expr: failedAttempts([...VERSION, 'outcome'], RATE, CHOSEN.version),
              legend: `${legend} {{outcome}}`,
            },
          ],
          min: 0,
        },
        {
          kind: 'lines',
          title: 'Duration',
          description: 'Median and 99th percentile by version.',
          unit: 's',
          queries: [0.5, 0.99].map((q) => ({
            expr: quantile(q, durationBuckets(VERSION, RATE, CHOSEN.version)),
            legend: `${legend} p${q * 100}`,
          })),
          levels: [{ at: SLO.latencySeconds, color: 'red' }],
          links: [latencyLink],
          min: 0,
        },
        {
          kind: 'heatmap',
          title: 'Latency',
          description: 'Requests by duration. Two bands are two kinds of requests.',
          unit: 's',
          queries: [{ expr: durationBuckets(['model'], RATE, CHOSEN.model), legend: '{{le}}' }],
        },
        {
          kind: 'lines',
          title: 'Time in the model',
          description: "99th percentile of the model's own time per request, for all its rows.",
          unit: 's',
          queries: [
            {
              expr: quantile(
                0.99,
                sumBy(
                  [...VERSION, 'le'],
                  `rate(${selector(`${MODEL_SERVER_METRIC.inferenceDuration.name}_bucket`, CHOSEN.version)}[${RATE}])`,
                ),
              ),
              legend,
            },
          ],
          min: 0,
        },
      ],
    },
    {
      title: 'Servers',
      panels: [
        {
          kind: 'lines',
          title: 'Replicas',
          description: 'Available pods of each version.',
          unit: 'none',
          queries: [
            {
              expr: selector(PLATFORM_METRIC.deploymentAvailable.name, { namespace: NAMESPACE.serving }),
              legend: '{{deployment}}',
            },
          ],
          min: 0,
        },
        {
          kind: 'lines',
          title: 'Event loop utilization',
          description: 'A pod answers on one thread. Above 80 %, requests queue: raise the replicas.',
          unit: 'percentunit',
          queries: [
            {
              expr: maxBy(
                [...VERSION, 'pod'],
                `rate(${selector(MODEL_SERVER_METRIC.eventLoopBusy.name, CHOSEN.version)}[${RATE}])`,
              ),
              legend: '{{pod}}',
            },
          ],
          levels: [{ at: 0.8, color: 'red' }],
          links: [latencyLink],
          min: 0,
          max: 1,
        },
        {
          kind: 'lines',
          title: 'Requests in flight',
          description: 'Requests not yet answered, and how many of them wait for the next run of the model.',
          unit: 'short',
          queries: [
            {
              expr: sumBy(VERSION, selector(MODEL_SERVER_METRIC.requestsInFlight.name, CHOSEN.version)),
              legend: `${legend} in flight`,
            },
            {
              expr: sumBy(VERSION, selector(MODEL_SERVER_METRIC.batchWaiting.name, CHOSEN.version)),
              legend: `${legend} waiting`,
            },
          ],
          min: 0,
        },
        {
          kind: 'lines',
          title: 'Refused requests',
          description: "Requests answered with an error, by reason. Most are the client's fault.",
          unit: 'reqps',
          queries: [
            {
              expr: sumBy(
                [...VERSION, 'reason'],
                `rate(${selector(MODEL_SERVER_METRIC.rejectedRequests.name, CHOSEN.version)}[${RATE}])`,
              ),
              legend: `${legend} {{reason}}`,
            },
          ],
          min: 0,
        },
        {
          kind: 'lines',
          title: 'Rows per request',
          description: 'Mean rows per request, and mean requests joined into one run of the model.',
          unit: 'short',
          queries: [
            {
              expr: `${counter(`${MODEL_SERVER_METRIC.batchRows.name}_sum`)} / ${counter(`${MODEL_SERVER_METRIC.batchRows.name}_count`)}`,
              legend: `${legend} rows`,
            },
            {
              expr: `${counter(`${MODEL_SERVER_METRIC.batchRequests.name}_sum`)} / ${counter(`${MODEL_SERVER_METRIC.batchRequests.name}_count`)}`,
              legend: `${legend} requests joined`,
            },
          ],
          min: 0,
        },
        {
          kind: 'lines',
          title: 'Prediction log',
          description: 'Predictions stored, dropped and queued. Quality is measured without those dropped.',
          unit: 'short',
          queries: [
            { expr: counter(MODEL_SERVER_METRIC.predictionsWritten.name), legend: `${legend} stored` },
            { expr: counter(MODEL_SERVER_METRIC.predictionsDropped.name), legend: `${legend} dropped` },
            {
              expr: sumBy(VERSION, selector(MODEL_SERVER_METRIC.predictionsQueued.name, CHOSEN.version)),
              legend: `${legend} queued`,
            },
          ],
          links: [logLink],
          min: 0,
        },
      ],
    },
  ],
};
