import type { Registry } from 'prom-client';

import type { InputSpec } from '../model/metadata';
import type { Reference, ReferenceHistogram } from '../model/reference';
import type { Observer, ScoredBatch } from '../protocol/scored-batch';
import { BinCounter } from './bin-counter';
import { Counter } from './counters';
import { Float32View } from './float32-view';
import { register } from './source';
import type { Labels, Sample } from './source';

/** One input: its columns as float32 and their counts. */
interface CountedInput {
  readonly view: Float32View;
  readonly counter: BinCounter;
}

/** One exported histogram: where its counts are, its reference, and the labels of every bin. */
interface ShownHistogram {
  readonly counter: BinCounter;
  readonly column: number;
  readonly reference: ReferenceHistogram;
  /** One per bin, then one for missing values. */
  readonly labels: readonly Labels[];
}

/**
 * Counts served features and scores by the bins of the model's reference histograms. Values are compared as float32, as
 * in the reference.
 *
 * A bin is named by its upper edge as in `le`, `+Inf` for the last, `missing` for no value. Counts are per bin, not
 * cumulative. PSI of a feature, over all replicas: docs/adr/0305-drift-counters.md.
 */
export class Drift implements Observer {
  private readonly inputs: readonly CountedInput[];
  private readonly score: BinCounter | undefined;
  private readonly rows: Counter;

  constructor(registry: Registry, reference: Reference, inputs: readonly InputSpec[]) {
    const shown: ShownHistogram[] = [];
    let next = 0;
    this.inputs = inputs.map(({ features }) => {
      const references = reference.features.slice(next, (next += features.length));
      const counter = new BinCounter(references.map(({ edges }) => edges));
      references.forEach((histogram, column) => {
        const feature = features[column]?.name ?? '';
        const labels = [...binNames(histogram), 'missing'].map((bin) => ({ feature, bin }));
        shown.push({ counter, column, reference: histogram, labels });
      });
      return { counter, view: new Float32View(features) };
    });
    showBins(registry, 'model_server_feature_bin', 'feature values', shown);
    const names = inputs.flatMap(({ features }) => features.map(({ name }) => ({ feature: name })));
    showNoise(registry, 'model_server_feature_noise_factor', reference.features, names);
    if (reference.score !== undefined) {
      this.score = new BinCounter([reference.score.edges]);
      const labels = binNames(reference.score).map((bin) => ({ bin }));
      showBins(registry, 'model_server_score_bin', 'scores', [
        { counter: this.score, column: 0, reference: reference.score, labels },
      ]);
      showNoise(registry, 'model_server_score_noise_factor', [reference.score], [{}]);
    }
    this.rows = register(
      registry,
      new Counter('model_server_observed_rows_total', 'Rows scored and counted in bins.'),
    );
    register(registry, {
      name: 'model_server_reference_rows',
      help: 'Rows from which the reference shares of the model were computed.',
      type: 'gauge',
      samples: () => [{ value: reference.rows }],
    });
  }

  observe({ rows, inputs, scores }: ScoredBatch): void {
    for (let index = 0; index < this.inputs.length; index++) {
      const input = this.inputs[index];
      const values = inputs[index];
      if (input !== undefined && values !== undefined) input.counter.count(input.view.of(values), rows);
    }
    if (scores !== undefined) this.score?.count(scores, rows);
    this.rows.inc(rows);
  }
}

function binNames({ edges }: ReferenceHistogram): string[] {
  return [...Array.from(edges, float32Text), '+Inf'];
}

/** The shortest decimal for this float32: 0.1, not 0.10000000149011612. */
function float32Text(value: number): string {
  for (let digits = 1; ; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
}

function showBins(
  registry: Registry,
  name: string,
  noun: string,
  histograms: readonly ShownHistogram[],
): void {
  register(registry, {
    name: `${name}_total`,
    help: `Served ${noun} by bin of the reference histogram; a bin is named by its upper edge.`,
    type: 'counter',
    samples: () =>
      histograms.flatMap(({ counter, column, labels }) =>
        samples(labels, [...counter.binsOf(column), counter.missingOf(column)]),
      ),
  });
  const shares = histograms.flatMap(({ reference, labels }) =>
    samples(labels, [...reference.shares, reference.missing]),
  );
  register(registry, {
    name: `${name}_reference_share`,
    help: `Share of the ${noun} that lay in the bin when the model was evaluated.`,
    type: 'gauge',
    samples: () => shares,
  });
}

/** No series for histograms whose noise was not measured: any number would be a claim. */
function showNoise(
  registry: Registry,
  name: string,
  histograms: readonly ReferenceHistogram[],
  labels: readonly Labels[],
): void {
  const known = histograms.flatMap(({ noiseFactor: value }, index) =>
    value === undefined ? [] : [{ sharedLabels: labels[index] ?? {}, value }],
  );
  register(registry, {
    name,
    help: 'How many times PSI without drift exceeds that of independent rows; missing where it was not measured.',
    type: 'gauge',
    samples: () => known,
  });
}

function samples(labels: readonly Labels[], values: readonly number[]): Sample[] {
  return labels.map((sharedLabels, index) => ({ sharedLabels, value: values[index] ?? 0 }));
}
