import { columnsOf } from '../model/metadata';
import type { ModelMetadata } from '../model/metadata';
import { predictionId } from '../protocol/predict';
import type { ScoredBatch } from '../protocol/scored-batch';
import type { FeatureValue, PredictionRecord } from './sink';

/** What the prediction log needs to know about the model. */
export interface LoggedModel {
  readonly version: string;
  readonly metadata: Pick<ModelMetadata, 'name' | 'inputs' | 'threshold'>;
}

/** Rows `from` (inclusive) to `to` (exclusive) of a batch. */
export interface Slice {
  readonly batch: ScoredBatch;
  readonly from: number;
  readonly to: number;
}

export function toRecords({ metadata, version }: LoggedModel, slices: readonly Slice[]): PredictionRecord[] {
  const { name, threshold, inputs } = metadata;
  const widths = inputs.map(columnsOf);
  const records: PredictionRecord[] = [];
  for (const { batch, from, to } of slices) {
    for (let row = from; row < to; row++) {
      const score = batch.scores?.[row];
      records.push({
        predictionId: predictionId(batch.id, row, batch.rows),
        row,
        model: name,
        version,
        at: batch.at,
        score,
        decision: score === undefined ? undefined : score >= threshold,
        features: rowOf(batch, row, widths),
      });
    }
  }
  return records;
}

function rowOf({ inputs }: ScoredBatch, row: number, widths: readonly number[]): FeatureValue[] {
  const features: FeatureValue[] = [];
  for (const [index, width] of widths.entries()) {
    const values = inputs[index] ?? [];
    for (let at = row * width; at < (row + 1) * width; at++) features.push(values[at] ?? NaN);
  }
  return features;
}
