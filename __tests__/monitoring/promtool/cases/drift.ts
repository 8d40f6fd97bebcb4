import type { Case, Series } from '../suite';

const DAYS = 16;
const STEPS = DAYS * 288;
const V = 'model="fraud",version="1"';

/** Rows per five minutes in each bin, before and after `changeAt` days. */
interface Feature {
  readonly before: readonly number[];
  readonly after?: readonly number[];
  readonly changeAt?: number;
  readonly shares: readonly number[];
  readonly noise?: number;
}

function counter({ before, after = before, changeAt = DAYS }: Feature, bin: number): string {
  const first = before[bin] ?? 0;
  const steps = changeAt * 288;
  const value = first * steps;
  return changeAt === DAYS ? `0+${first}x${STEPS}` : `0+${first}x${steps} ${value + (after[bin] ?? 0)}+${after[bin] ?? 0}x${STEPS - steps}`;
}

function series(features: Readonly<Record<string, Feature>>, score: Feature, reference = `67000x${STEPS}`): Series {
  const all: Record<string, string> = { [`model_server_reference_rows{${V}}`]: reference };
  const add = (kind: string, labels: string, feature: Feature) => {
    feature.shares.forEach((share, bin) => {
      // Two pods share the traffic: sums must not depend on how many there are.
      for (const pod of ['a', 'b'])
        all[`model_server_${kind}_bin_total{${V},${labels}bin="${bin}",pod="${pod}"}`] = counter(feature, bin);
      all[`model_server_${kind}_bin_reference_share{${V},${labels}bin="${bin}",pod="a"}`] = `${share}x${STEPS}`;
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
const drifted = { ...even, after: [4, 4, 2], changeAt: 9 };
const alert = (name: string, feature?: string) => ({
  alertname: name,
  model: 'fraud',
  version: '1',
  severity: 'ticket',
  team: 'ml',
  ...(feature === undefined ? {} : { feature }),
});
const isState = (value: number, feature?: string) =>
  `model_version_feature:drift:state${feature === undefined ? '' : `{feature="${feature}"}`} == bool ${value}`;
const near = (name: string, feature: string, value: number) =>
  `abs(${name}{feature="${feature}"} / ${value} - 1) < bool 1e-3`;

export const driftCases: readonly Case[] = [
  {
    alert: 'FeatureDrift',
    title: 'fires for the feature that changed',
    series: series({ amount: drifted, hour: even }, even),
    at: '14d',
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
    at: '10d',
    firing: [],
    holds: [{ expr: isState(0), series: 3 }],
  },
  {
    alert: 'FeatureDrift',
    title: 'silent until the window is full, and says so',
    series: series({ amount: { ...even, before: [4, 4, 2] } }, even),
    at: '6d18h',
    firing: [],
    holds: [{ expr: isState(4), series: 2 }],
  },
  {
    alert: 'FeatureDrift',
    title: 'silent when noise explains it',
    series: series({ amount: { ...drifted, noise: 100 } }, even),
    at: '14d',
    firing: [],
    holds: [{ expr: isState(0, 'amount'), series: 1 }],
  },
  {
    alert: 'FeatureDrift',
    title: 'silent without a noise factor, and says so',
    series: series({ amount: { before: [4, 4, 2], shares: even.shares } }, even),
    at: '10d',
    firing: [],
    holds: [{ expr: isState(2, 'amount'), series: 1 }],
  },
  {
    alert: 'FeatureDrift',
    title: 'silent without a reference, and says so',
    series: { [`model_server_observed_rows_total{${V},pod="a"}`]: `0+10x${STEPS}` },
    at: '10d',
    firing: [],
    holds: [{ expr: 'model_version_feature:drift:state == bool 5', series: 1 }],
  },
  {
    alert: 'FeatureDrift',
    title: 'silent on fewer than fifty rows a week, and says so',
    series: {
      ...series({ amount: even }, even),
      ...Object.fromEntries(
        ['feature_bin_total{V,feature="amount",bin="0"', 'feature_bin_total{V,feature="amount",bin="1"', 'feature_bin_total{V,feature="amount",bin="2"'].flatMap(
          (name) => ['a', 'b'].map((pod) => [`model_server_${name.replace('V', V)},pod="${pod}"}`, `0+0.002x${STEPS}`]),
        ),
      ),
    },
    at: '10d',
    firing: [],
    holds: [{ expr: isState(3, 'amount'), series: 1 }],
  },
  {
    alert: 'FeatureDrift',
    title: 'silent for a version that was removed',
    series: series({ amount: { ...even, before: [4, 4, 2] } }, even, `67000x${6 * 288}`),
    at: '10d',
    firing: [],
  },
  {
    alert: 'ScoreDrift',
    title: 'fires when scores changed',
    series: series({ amount: even }, drifted),
    at: '14d',
    firing: [alert('ScoreDrift')],
  },
  { alert: 'ScoreDrift', title: 'silent while they have not', series: series({ amount: drifted }, even), at: '9d', firing: [] },
  {
    alert: 'FeatureDrift',
    title: 'a bin that the reference never saw joins another',
    series: series({ amount: { before: [5, 3, 2, 0], shares: [0.5, 0.3, 0.2, 0], noise: 1 } }, even),
    at: '10d',
    firing: [],
    holds: [{ expr: 'model_version_feature:merged_bins:count{feature="amount"} == bool 3', series: 1 }],
  },
];

export { near };
