import { readFileSync } from 'node:fs';
import type { Case, Series } from '../suite';

/** Read by __tests__/pipeline/test_noise.py too, which computes PSI and threshold without PromQL. */
const sample = JSON.parse(readFileSync(new URL('../psi-sample.json', import.meta.url), 'utf8')) as {
  readonly rows_per_step: readonly number[];
  readonly shares: readonly number[];
  readonly noise: number;
  readonly reference_rows: number;
  readonly psi: number;
  readonly threshold: number;
};

/** Of five minutes. */
const DAY = 288;
/** The rule is the same for every window; promtool takes a minute for each case of a whole week. */
export const TEST_WINDOW_SECONDS = 86_400;
const STEPS = 3 * DAY;
const V = 'model="fraud",version="1"';

/** Rows per pod and five minutes in each bin, before and after so many steps. */
interface Feature {
  readonly before: readonly number[];
  readonly after?: readonly number[];
  readonly changeAt?: number;
  readonly shares: readonly number[];
  readonly noise?: number;
}

function counter({ before, after = before, changeAt = STEPS }: Feature, bin: number): string {
  const [first = 0, second = 0] = [before[bin], after[bin]];
  const rest = changeAt === STEPS ? '' : ` ${first * changeAt + second}+${second}x${STEPS - changeAt}`;
  return `0+${first}x${changeAt}${rest}`;
}

function series(
  features: Readonly<Record<string, Feature>>,
  score: Feature,
  reference = `67000x${STEPS}`,
): Series {
  const all: Record<string, string> = { [`model_server_reference_rows{${V}}`]: reference };
  const add = (kind: string, labels: string, feature: Feature) => {
    feature.shares.forEach((share, bin) => {
      // Two pods share the traffic: sums must not depend on how many there are.
      for (const pod of ['a', 'b'])
        all[`model_server_${kind}_bin_total{${V},${labels}bin="${bin}",pod="${pod}"}`] = counter(
          feature,
          bin,
        );
      all[`model_server_${kind}_bin_reference_share{${V},${labels}bin="${bin}",pod="a"}`] =
        `${share}x${STEPS}`;
    });
    if (feature.noise !== undefined)
      all[`model_server_${kind}_noise_factor{${V}${labels === '' ? '' : `,${labels.replace(/,$/, '')}`}}`] =
        `${feature.noise}x${STEPS}`;
  };
  for (const [name, feature] of Object.entries(features)) add('feature', `feature="${name}",`, feature);
  add('score', '', score);
  const rows = (value: number) => `0+${value}x${STEPS}`;
  all[`model_server_observed_rows_total{${V},pod="a"}`] = rows(10);
  all[`model_server_observed_rows_total{${V},pod="b"}`] = rows(10);
  return all;
}

const even = { before: [5, 3, 2], shares: [0.5, 0.3, 0.2], noise: 1 };
const drifted = { ...even, after: [4, 4, 2], changeAt: 1.25 * DAY };
const alert = (name: string, feature?: string) => ({
  alertname: name,
  model: 'fraud',
  version: '1',
  severity: 'ticket',
  team: 'ml',
  ...(feature === undefined ? {} : { feature }),
});
/** Two replicas of the gateway. */
const weight = (values: string): Series =>
  Object.fromEntries(['c', 'd'].map((pod) => [`gateway_version_weight_percent{${V},pod="${pod}"}`, values]));
const isState = (value: number, feature?: string) =>
  `model_version_feature:drift:state${feature === undefined ? '' : `{feature="${feature}"}`} == bool ${value}`;
const near = (name: string, value: number) => `abs(${name}{feature="amount"} / ${value} - 1) < bool 1e-6`;

export const driftCases: readonly Case[] = [
  {
    alert: 'FeatureDrift',
    title: 'fires for the feature that changed',
    series: series({ amount: drifted, hour: even }, even),
    at: '2d12h',
    firing: [alert('FeatureDrift', 'amount')],
    holds: [
      { expr: isState(1, 'amount'), series: 1 },
      { expr: isState(0, 'hour'), series: 1 },
    ],
  },
  {
    alert: 'FeatureDrift',
    title: 'silent while the shares are those of the reference',
    series: series({ amount: even, hour: even }, even),
    at: '1d12h',
    firing: [],
    holds: [{ expr: isState(0), series: 3 }],
  },
  {
    alert: 'FeatureDrift',
    title: 'silent until the window is full, and says so',
    series: series({ amount: { ...even, before: [4, 4, 2] } }, even),
    at: '23h',
    firing: [],
    holds: [{ expr: isState(4), series: 2 }],
  },
  {
    alert: 'FeatureDrift',
    title: 'silent when noise explains it',
    series: series({ amount: { ...drifted, noise: 100 } }, even),
    at: '2d12h',
    firing: [],
    holds: [{ expr: isState(0, 'amount'), series: 1 }],
  },
  {
    alert: 'FeatureDrift',
    title: 'silent without a noise factor, and says so',
    series: series({ amount: { before: [4, 4, 2], shares: even.shares } }, even),
    at: '1d12h',
    firing: [],
    holds: [{ expr: isState(2, 'amount'), series: 1 }],
  },
  {
    alert: 'FeatureDrift',
    title: 'silent without a reference, and says so',
    series: { [`model_server_observed_rows_total{${V},pod="a"}`]: `0+10x${STEPS}` },
    at: '1d12h',
    firing: [],
    holds: [{ expr: 'model_version_feature:drift:state == bool 5', series: 1 }],
  },
  {
    alert: 'FeatureDrift',
    title: 'silent on fewer than fifty rows, and says so',
    series: {
      ...series({ amount: even }, even),
      ...Object.fromEntries(
        [
          'feature_bin_total{V,feature="amount",bin="0"',
          'feature_bin_total{V,feature="amount",bin="1"',
          'feature_bin_total{V,feature="amount",bin="2"',
        ].flatMap((name) =>
          ['a', 'b'].map((pod) => [`model_server_${name.replace('V', V)},pod="${pod}"}`, `0+0.002x${STEPS}`]),
        ),
      ),
    },
    at: '1d12h',
    firing: [],
    holds: [{ expr: isState(3, 'amount'), series: 1 }],
  },
  {
    alert: 'FeatureDrift',
    title: 'silent for a version that was removed',
    series: series({ amount: { ...even, before: [4, 4, 2] } }, even, `67000x${0.75 * DAY}`),
    at: '1d12h',
    firing: [],
  },
  {
    alert: 'FeatureDrift',
    title: 'fires at a weight that is no longer new',
    series: { ...series({ amount: drifted }, even), ...weight(`0x${0.25 * DAY} 100x${2.75 * DAY}`) },
    at: '2d12h',
    firing: [alert('FeatureDrift', 'amount')],
  },
  {
    alert: 'FeatureDrift',
    title: 'silent in a week in which the weight changed, and says so',
    series: {
      ...series({ amount: { ...even, before: [4, 4, 2] } }, even),
      ...weight(`100x${0.5 * DAY} 0x${2.5 * DAY}`),
    },
    at: '1d6h',
    firing: [],
    holds: [{ expr: isState(4), series: 2 }],
  },
  {
    alert: 'FeatureDrift',
    title: 'silent on the last minutes before a change of weight, when all else has left the window',
    series: {
      ...series(
        { amount: { ...even, before: [10, 60, 30], after: [0, 0, 0], changeAt: 0.5 * DAY + 1 } },
        even,
      ),
      ...weight(`100x${0.5 * DAY} 0x${2.5 * DAY}`),
    },
    at: '1d12h',
    firing: [],
    holds: [{ expr: isState(4), series: 2 }],
  },
  {
    alert: 'ScoreDrift',
    title: 'fires when scores changed',
    series: series({ amount: even }, drifted),
    at: '2d12h',
    firing: [alert('ScoreDrift')],
  },
  {
    alert: 'ScoreDrift',
    title: 'silent while they have not',
    series: series({ amount: drifted }, even),
    at: '1d6h',
    firing: [],
  },
  {
    alert: 'FeatureDrift',
    title: 'a bin that the reference never saw joins another',
    series: series({ amount: { before: [5, 3, 2, 0], shares: [0.5, 0.3, 0.2, 0], noise: 1 } }, even),
    at: '1d12h',
    firing: [],
    holds: [{ expr: 'model_version_feature:merged_bins:count{feature="amount"} == bool 3', series: 1 }],
  },
  {
    alert: 'FeatureDrift',
    title: 'PSI and threshold are those that the pipeline and the study compute',
    series: series(
      {
        amount: {
          before: sample.rows_per_step.map((rows) => rows / 2),
          shares: sample.shares,
          noise: sample.noise,
        },
        hour: even,
      },
      even,
      `${sample.reference_rows}x${STEPS}`,
    ),
    at: '1d12h',
    firing: [alert('FeatureDrift', 'amount')],
    holds: [
      { expr: near('model_version_feature:psi:window', sample.psi), series: 1 },
      { expr: near('model_version_feature:psi_threshold:window', sample.threshold), series: 1 },
    ],
  },
];
