import { Registry } from 'prom-client';
import { describe, expect, it } from '@jest/globals';

import { Drift } from '../../../model-server/src/metrics/drift';
import type { Feature } from '../../../model-server/src/model/features';
import type { Reference } from '../../../model-server/src/model/reference';
import { scrape } from './exposition';
import type { ScrapedSample } from './exposition';

const FLOOR = 0.0001;

const FEATURES: readonly Feature[] = ['amount', 'hour'].map((name) => ({
  name,
  type: 'number',
  nullable: true,
  min: -Infinity,
  max: Infinity,
  integer: false,
}));

const REFERENCE: Reference = {
  rows: 1000,
  features: [
    { edges: Float32Array.of(10, 20), shares: [0.5, 0.3, 0.2], missing: 0, noiseFactor: 1.5 },
    { edges: Float32Array.of(12), shares: [0.5, 0.4], missing: 0.1 },
  ],
  score: undefined,
};

/** A replica that served `[amount, hour]` rows. */
async function replica(rows: readonly (readonly [number, number])[]): Promise<ScrapedSample[]> {
  const registry = new Registry();
  registry.setDefaultLabels({ model: 'tiny', version: '3' });
  const inputs = [{ name: 'x', datatype: 'FP32', shape: [-1, 2], features: FEATURES }] as const;
  const drift = new Drift(registry, REFERENCE, inputs);
  for (const row of rows)
    drift.observe({ id: 'a', at: 0, rows: 1, inputs: [Float32Array.from(row)], scores: undefined });
  return scrape(registry);
}

/** `op by (labels) (metric)` */
function aggregate(
  samples: readonly ScrapedSample[],
  metric: string,
  labels: readonly string[],
  op: (a: number, b: number) => number,
): Map<string, number> {
  const groups = new Map<string, number>();
  for (const sample of samples.filter(({ name }) => name === metric)) {
    const key = JSON.stringify(labels.map((label) => sample.labels[label] ?? ''));
    const before = groups.get(key);
    groups.set(key, before === undefined ? sample.value : op(before, sample.value));
  }
  return groups;
}

/** The query of docs/adr/0305-drift-counters.md, step by step; labels that find no partner drop out as they do there. */
function psi(samples: readonly ScrapedSample[]): Map<string, number> {
  const series = ['model', 'version', 'feature'];
  const sum = (a: number, b: number): number => a + b;
  const counts = aggregate(samples, 'model_server_feature_bin_total', [...series, 'bin'], sum);
  const totals = aggregate(samples, 'model_server_feature_bin_total', series, sum);
  const reference = aggregate(
    samples,
    'model_server_feature_bin_reference_share',
    [...series, 'bin'],
    Math.max,
  );
  const result = new Map<string, number>();
  for (const [key, count] of counts) {
    const labels = JSON.parse(key) as string[];
    const total = totals.get(JSON.stringify(labels.slice(0, 3)));
    const expected = reference.get(key);
    if (total === undefined || expected === undefined) continue;
    const p = Math.max(count / total, FLOOR);
    const q = Math.max(expected, FLOOR);
    const feature = labels[2] ?? '';
    result.set(feature, (result.get(feature) ?? 0) + (p - q) * Math.log(p / q));
  }
  return result;
}

describe('PSI over several replicas', () => {
  it('equals that of all their rows together', async () => {
    const one = await replica([
      [5, 9],
      [15, 9],
      [15, 13],
      [25, NaN],
    ]);
    const other = await replica([
      [25, 9],
      [25, 9],
      [25, 13],
      [NaN, 13],
    ]);
    const found = psi([...one, ...other]);
    // amount: 1, 2, 4, 1 of 8 rows against 0.5, 0.3, 0.2, 0 (the floor). hour: 4, 3, 1 against 0.5, 0.4, 0.1.
    const amount =
      (0.125 - 0.5) * Math.log(0.125 / 0.5) +
      (0.25 - 0.3) * Math.log(0.25 / 0.3) +
      (0.5 - 0.2) * Math.log(0.5 / 0.2) +
      (0.125 - 0.0001) * Math.log(0.125 / 0.0001);
    expect(found.get('amount')).toBeCloseTo(amount, 12);
    expect(found.get('hour')).toBeCloseTo(-0.025 * Math.log(0.375 / 0.4) + 0.025 * Math.log(0.125 / 0.1), 12);
  });

  it('is zero if together they serve the reference’s distribution', async () => {
    const low = await replica(Array<[number, number]>(5).fill([5, 9]));
    const rest = await replica([
      [15, 13],
      [15, 13],
      [15, 13],
      [25, 13],
      [25, NaN],
    ]);
    const found = psi([...low, ...rest]);
    expect(found.get('amount')).toBeCloseTo(0, 12);
    expect(found.get('hour')).toBeCloseTo(0, 12);
  });

  it('is undefined before the first row', async () => {
    expect(psi(await replica([])).get('amount')).toBeNaN();
  });

  it('comes with a noise factor if the package has one, and no series otherwise', async () => {
    const found = (await replica([])).filter(({ name }) => name === 'model_server_feature_noise_factor');
    expect(found.map(({ labels, value }) => [labels.feature, value])).toEqual([['amount', 1.5]]);
  });
});
