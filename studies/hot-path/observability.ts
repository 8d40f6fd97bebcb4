import { Drift } from '../../model-server/src/metrics/drift';
import { createMetrics } from '../../model-server/src/metrics/metrics';
import type { Feature } from '../../model-server/src/model/features';
import type { ReferenceHistogram } from '../../model-server/src/model/reference';

/**
 * What counting costs: nanoseconds per single-row request, and milliseconds per scrape, of a model with 30 features of
 * 10 bins. Prints the least and the median of many slices; on a shared machine the least is nearest to the truth.
 */

const COLUMNS = 30;
const BINS = 10;
const ROWS = 4096;
const SLICES = 60;

const features: readonly Feature[] = Array.from({ length: COLUMNS }, (_, i) => ({
  name: `feature_${i}`,
  type: 'number',
  nullable: true,
  min: -Infinity,
  max: Infinity,
  integer: false,
}));

/** Equal shares of uniform values, as the pipeline writes them: every bin is equally likely, the hardest to predict. */
const reference: ReferenceHistogram = {
  edges: Float32Array.from({ length: BINS - 1 }, (_, i) => (i + 1) / BINS),
  shares: Array<number>(BINS).fill(1 / BINS),
  missing: 0,
};

const metrics = createMetrics('bench', '1');
const drift = new Drift(
  metrics.registry,
  { rows: 10_000, features: features.map(() => reference), score: reference },
  [{ name: 'features', datatype: 'FP32', shape: [-1, COLUMNS], features }],
);
const route = metrics.requestDuration.route('/v2/models/:model/infer', ['2xx', '4xx', '5xx']);

/** Varied rows: the same row again and again would train the branch predictor. */
const batches = Array.from({ length: ROWS }, () => ({
  id: 'bench',
  at: 0,
  rows: 1,
  inputs: [Float32Array.from({ length: COLUMNS }, Math.random)],
  scores: Float32Array.of(Math.random()),
}));

/** Every number that is kept of a request which is answered alone, but for its duration. */
function countRequest(inferenceSeconds: number): void {
  metrics.requestsInFlight.inc();
  metrics.batchRows.observe(1);
  metrics.batchRequests.observe(1);
  metrics.batchWaiting.set(0);
  metrics.inferenceDuration.observe(inferenceSeconds);
  metrics.requestsInFlight.dec();
}

/** Nanoseconds per call over the batches, slice by slice, ascending. */
function measure(call: (batch: (typeof batches)[number]) => void): number[] {
  const slices = Array.from({ length: SLICES }, () => {
    const start = performance.now();
    for (const batch of batches) call(batch);
    return ((performance.now() - start) / ROWS) * 1e6;
  });
  return slices.sort((a, b) => a - b);
}

function report(what: string, slices: readonly number[], unit: string, scale = 1): void {
  const figures = [slices[0], slices[slices.length >> 1]].map((value = NaN) => (value / scale).toFixed(2));
  process.stdout.write(`${what.padEnd(38)} ${figures.join(' / ')} ${unit} (least / median)\n`);
}

/** Up to a millisecond, and never the same twice. */
function secondsOf({ scores }: (typeof batches)[number]): number {
  return (scores[0] ?? 0) / 1000;
}

/** Prints; records nothing. */
export async function main(): Promise<void> {
  report(
    'metrics, per request',
    measure((batch) => {
      const seconds = secondsOf(batch);
      countRequest(seconds);
      route.observe(200, seconds);
    }),
    'µs',
    1000,
  );
  report(
    'drift, per row',
    measure((batch) => {
      drift.observe(batch);
    }),
    'µs',
    1000,
  );
  report(
    'both, and three readings of the clock',
    measure((batch) => {
      const start = performance.now();
      countRequest(secondsOf(batch) + (performance.now() - start) / 1000);
      drift.observe(batch);
      route.observe(200, (performance.now() - start) / 1000);
    }),
    'µs',
    1000,
  );

  const scrapes: number[] = [];
  for (let i = 0; i < SLICES; i++) {
    const start = performance.now();
    await metrics.registry.metrics();
    scrapes.push(performance.now() - start);
  }
  report(
    'scrape',
    scrapes.sort((a, b) => a - b),
    'ms',
  );
}
