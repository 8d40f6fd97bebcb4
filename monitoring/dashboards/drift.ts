import { DRIFT_STATE, positiveShare } from '../queries/drift';
import { lines, selector } from '../queries/promql';
import { RECORDED } from '../queries/recorded';
import { CHOSEN } from '../queries/variables';
import { runbookFile } from '../rules/rule';
import type { DashboardSpec } from './dashboard';

const runbook = { title: 'Runbook', url: runbookFile('feature-drift') };
const scoreRunbook = { title: 'Runbook', url: runbookFile('score-drift') };
const SCORE = { ...CHOSEN.version, feature: '' } as const;
const FEATURES = { ...CHOSEN.version, feature: '!=' } as const;

/** Colors and names of states in all panels. */
const STATE_NAMES = {
  [DRIFT_STATE.quiet]: { text: 'as in training', color: 'green' },
  [DRIFT_STATE.drifting]: { text: 'drifts', color: 'red' },
  [DRIFT_STATE.noNoiseFactor]: { text: 'no noise factor', color: 'purple' },
  [DRIFT_STATE.tooFewRows]: { text: 'not enough rows', color: 'blue' },
  [DRIFT_STATE.windowNotFull]: { text: 'no whole week at one weight yet', color: 'light-blue' },
  [DRIFT_STATE.noReference]: { text: 'no reference', color: 'dark-purple' },
};

/** Share of each bin in the window and in the reference. */
function shares(which: Readonly<Record<string, string>>) {
  return [
    {
      expr: lines(`
        ${selector(RECORDED.binRowsInWindow, which)}
        / on (model, version, feature) group_left ()
        sum by (model, version, feature) (${selector(RECORDED.binRowsInWindow, which)})`),
      legend: '≤ {{bin}} last week',
    },
    { expr: selector(RECORDED.referenceShare, which), legend: '≤ {{bin}} reference' },
  ];
}

const ratio = (which: Readonly<Record<string, string>>) =>
  `${selector(RECORDED.psi, which)} / ${RECORDED.threshold}`;

export const driftDashboard: DashboardSpec = {
  uid: 'mlops-drift',
  title: 'Drift',
  description:
    'Are inputs and scores distributed as on the rows the model was evaluated on? Drift is no harm in itself.',
  from: 'now-30d',
  variables: ['model', 'version', 'feature'],
  rows: [
    {
      title: 'All features',
      panels: [
        {
          kind: 'states',
          title: 'State',
          description:
            'State of each feature and of the score (the unnamed row), or why there is no verdict.',
          unit: 'none',
          queries: [{ expr: selector(RECORDED.state, CHOSEN.version), legend: 'v{{version}} {{feature}}' }],
          names: STATE_NAMES,
          links: [runbook],
          width: 24,
          height: 10,
        },
        {
          kind: 'gauges',
          title: 'PSI over its threshold',
          description:
            'A feature drifts from 1 on. Each has its own threshold, set by its noise and the number of rows.',
          unit: 'none',
          queries: [{ expr: `sort_desc(${ratio(FEATURES)})`, legend: 'v{{version}} {{feature}}' }],
          levels: [
            { at: 0.7, color: 'yellow' },
            { at: 1, color: 'red' },
          ],
          links: [runbook],
          min: 0,
          max: 2,
          width: 12,
          height: 10,
        },
        {
          kind: 'table',
          title: 'Evidence',
          description:
            'Rows in the last week, bins after merging small ones, and the noise factor of each feature.',
          unit: 'short',
          queries: [
            { expr: selector(RECORDED.rowsInWindow, CHOSEN.version), legend: 'rows' },
            { expr: selector(RECORDED.bins, CHOSEN.version), legend: 'bins' },
            { expr: selector(RECORDED.noiseFactor, CHOSEN.version), legend: 'noise factor' },
          ],
          width: 12,
          height: 10,
        },
      ],
    },
    {
      title: 'One feature',
      panels: [
        {
          kind: 'lines',
          title: 'PSI and threshold: $feature',
          description: 'The alert fires while the first is above the second.',
          unit: 'none',
          queries: [
            { expr: selector(RECORDED.psi, CHOSEN.feature), legend: 'v{{version}} {{feature}}' },
            {
              expr: selector(RECORDED.threshold, CHOSEN.feature),
              legend: 'v{{version}} {{feature}} threshold',
            },
          ],
          links: [runbook],
          min: 0,
          width: 12,
        },
        {
          kind: 'gauges',
          title: 'Last week vs. reference: $feature',
          description: 'Share of rows per bin; a bin is named by its upper edge.',
          unit: 'percentunit',
          queries: shares(CHOSEN.feature),
          min: 0,
          width: 12,
        },
      ],
    },
    {
      title: 'Score',
      panels: [
        {
          kind: 'lines',
          title: 'PSI and threshold of the score',
          description: 'The alert fires while the first is above the second.',
          unit: 'none',
          queries: [
            { expr: selector(RECORDED.psi, SCORE), legend: 'v{{version}} score' },
            { expr: selector(RECORDED.threshold, SCORE), legend: 'v{{version}} threshold' },
          ],
          links: [scoreRunbook],
          min: 0,
        },
        {
          kind: 'gauges',
          title: 'Scores: last week vs. reference',
          description: 'Share of rows per bin of the score; a bin is named by its upper edge.',
          unit: 'percentunit',
          queries: shares(SCORE),
          links: [scoreRunbook],
          min: 0,
        },
        {
          kind: 'lines',
          title: 'Requests decided positive',
          description: 'Share of requests in which a row is at the decision threshold or above, per version.',
          unit: 'percentunit',
          queries: [{ expr: positiveShare(CHOSEN.version), legend: 'v{{version}}' }],
          min: 0,
        },
        {
          kind: 'stat',
          title: 'Window coverage',
          description: 'Share of the week with recorded data. The rule is silent below 98 %.',
          unit: 'percentunit',
          queries: [{ expr: selector(RECORDED.coverage, CHOSEN.version), legend: 'v{{version}}' }],
          levels: [
            { at: 0, color: 'blue' },
            { at: 0.98, color: 'green' },
          ],
          min: 0,
          max: 1,
        },
      ],
    },
  ],
};
