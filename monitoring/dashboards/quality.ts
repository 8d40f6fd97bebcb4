import { QUALITY_METRIC } from '../../contracts/metrics';
import { maxBy, selector, sumBy } from '../queries/promql';
import { coverage, LEAST_POSITIVES } from '../queries/quality';
import { CHOSEN, RATE } from '../queries/variables';
import { runbookFile } from '../rules/rule';
import type { DashboardSpec } from './dashboard';
import type { PanelSpec } from './panel';

const legend = '{{model}} v{{version}}';
const gate = { title: 'Runbook', url: runbookFile('quality-below-gate') };
const stalled = { title: 'Runbook', url: runbookFile('label-stream-stalled') };
const VERSION = ['model', 'version'] as const;
const chosen = (metric: string) => ({ ...CHOSEN.quality, metric });
/** One line per version, whichever pods of the exporter told it. */
const perVersion = (
  name: string,
  matchers: Readonly<Record<string, string>>,
  by: readonly string[] = VERSION,
) => maxBy(by, selector(name, matchers));
const NONE = 'not enough evidence';

/** A metric with its interval and gate. */
function measure(metric: string, title: string, description: string): PanelSpec {
  return {
    kind: 'lines',
    title,
    description: `${description} Thin lines: 95 % interval. The alert fires when all of it is below the gate.`,
    unit: 'percentunit',
    queries: [
      { expr: perVersion(QUALITY_METRIC.estimate.name, chosen(metric)), legend },
      { expr: perVersion(QUALITY_METRIC.lower.name, chosen(metric)), legend: `${legend} from` },
      { expr: perVersion(QUALITY_METRIC.upper.name, chosen(metric)), legend: `${legend} to` },
      { expr: perVersion(QUALITY_METRIC.gate.name, { ...CHOSEN.version, metric }), legend: `${legend} gate` },
    ],
    links: [gate],
    min: 0,
    max: 1,
    noValue: NONE,
  };
}

export const qualityDashboard: DashboardSpec = {
  uid: 'mlops-quality',
  title: 'Model quality',
  description: 'Is the model still right, on predictions with mature labels, and how certain is that?',
  from: 'now-30d',
  variables: ['model', 'version', 'window'],
  rows: [
    {
      title: 'Quality of mature cohorts',
      panels: [
        measure('average_precision', 'Average precision', 'Quality of the ranking.'),
        measure('precision', 'Precision', 'Share of alerts that were right.'),
        measure('recall', 'Recall', 'Share of positives that raised an alert.'),
        measure(
          'recall_unalerted',
          'Recall by labels of rows without an alert',
          'Alerts get their labels first; these rows show what was missed.',
        ),
        measure('auc_roc', 'AUC ROC', 'Chance that a positive ranks above a negative.'),
        {
          kind: 'lines',
          title: 'Label-free estimate',
          description: 'From scores alone (CBPE). Early, but blind to changes in what a score means.',
          unit: 'percentunit',
          queries: [
            {
              expr: perVersion(QUALITY_METRIC.expected.name, CHOSEN.quality, [...VERSION, 'metric']),
              legend: `${legend} {{metric}}`,
            },
          ],
          min: 0,
          max: 1,
          noValue: NONE,
        },
      ],
    },
    {
      title: 'Evidence',
      panels: [
        {
          kind: 'lines',
          title: 'Positives',
          description: `Labelled positives behind the figures. Alerts need ${LEAST_POSITIVES}.`,
          unit: 'short',
          queries: [{ expr: perVersion(QUALITY_METRIC.positives.name, CHOSEN.quality), legend }],
          levels: [{ at: LEAST_POSITIVES, color: 'blue' }],
          min: 0,
          noValue: NONE,
        },
        {
          kind: 'lines',
          title: 'Coverage',
          description: 'Share of predictions in mature cohorts that have a label.',
          unit: 'percentunit',
          queries: [{ expr: maxBy(VERSION, coverage(CHOSEN.quality)), legend }],
          links: [stalled],
          min: 0,
          max: 1,
          noValue: NONE,
        },
        {
          kind: 'lines',
          title: 'Label delay',
          description: 'Median and 90th percentile of the time from a prediction to its label.',
          unit: 's',
          queries: [0.5, 0.9].map((q) => ({
            expr: `histogram_quantile(${q}, ${sumBy(['model', 'le'], `rate(${selector(`${QUALITY_METRIC.labelDelay.name}_bucket`, CHOSEN.model)}[1d])`)})`,
            legend: `{{model}} p${q * 100}`,
          })),
          links: [stalled],
          min: 0,
        },
        {
          kind: 'stat',
          title: 'Newest label',
          description:
            'Age of the newest label. Without labels there are predictions but no quality figures.',
          unit: 's',
          queries: [
            {
              expr: `time() - ${maxBy(['model'], selector(QUALITY_METRIC.newestLabel.name, CHOSEN.model))}`,
              legend: '{{model}}',
            },
          ],
          levels: [{ at: 36 * 3600, color: 'red' }],
          links: [stalled],
        },
        {
          kind: 'bars',
          title: 'Labels by outcome',
          description:
            'Labels per second: joined with a prediction, unknown, duplicate, contradicting, or from the future.',
          unit: 'short',
          queries: [
            {
              expr: sumBy(
                ['model', 'source', 'outcome'],
                `rate(${selector(QUALITY_METRIC.labels.name, CHOSEN.model)}[${RATE}])`,
              ),
              legend: '{{source}} {{outcome}}',
            },
          ],
          links: [stalled],
          stacked: true,
          min: 0,
        },
        {
          kind: 'stat',
          title: 'Cycle duration',
          description: 'Time that the exporter takes to join and count new labels.',
          unit: 's',
          queries: [{ expr: `max(${QUALITY_METRIC.cycleDuration.name})`, legend: 'cycle' }],
          levels: [{ at: 30, color: 'yellow' }],
          links: [{ title: 'Runbook', url: runbookFile('quality-exporter-stale') }],
        },
      ],
    },
    {
      title: 'Calibration',
      panels: [
        {
          kind: 'gauges',
          title: 'Mean score and positive rate by score bin',
          description: 'Equal for a calibrated model: of rows with score 0.3, three in ten are positive.',
          unit: 'percentunit',
          queries: [
            {
              expr: perVersion(QUALITY_METRIC.calibrationScore.name, CHOSEN.quality, [...VERSION, 'bin']),
              legend: 'v{{version}} {{bin}} score',
            },
            {
              expr: perVersion(QUALITY_METRIC.calibrationRate.name, CHOSEN.quality, [...VERSION, 'bin']),
              legend: 'v{{version}} {{bin}} positives',
            },
          ],
          min: 0,
          max: 1,
          width: 24,
          noValue: NONE,
        },
      ],
    },
  ],
};
