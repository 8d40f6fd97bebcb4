import { RequestError, reasonText } from '../errors';
import type { Metrics } from '../metrics/metrics';
import { columnsOf } from '../model/metadata';
import type { TensorSpec } from '../model/metadata';
import type { Model } from '../model/model';
import type { Output } from '../model/runner';
import { DATATYPES } from '../tensors/datatype';
import type { TensorValues } from '../tensors/datatype';
import { placeRows, sliceRows } from '../tensors/rows';
import type { Observer } from './scored-batch';
import { turn } from './turn';

/** Rows scored before other requests get a turn: about a hundred microseconds. */
const ROWS_PER_TURN = 32;

/** What scoring needs, whatever the transport. */
export interface Scoring {
  readonly model: Model;
  readonly metrics: Metrics;
  readonly observers: readonly Observer[];
}

/**
 * Scores the rows of one request and tells the observers.
 *
 * @param id The prediction id.
 * @param inputs One per input of the signature, validated.
 * @throws {RequestError} 500 `model-failed`, which only the model's owner can fix.
 */
export async function score(
  { model, metrics, observers }: Scoring,
  id: string,
  inputs: readonly TensorValues[],
  rows: number,
  outputs: readonly TensorSpec[],
): Promise<readonly Output[]> {
  const { score: scoreSpec } = model.metadata;
  const observed = observers.length > 0 && scoreSpec !== undefined && !outputs.includes(scoreSpec);
  const wanted = observed ? [...outputs, scoreSpec] : outputs;
  const start = performance.now();
  let results: readonly Output[];
  try {
    results =
      rows <= ROWS_PER_TURN
        ? await model.run(inputs, rows, wanted)
        : await scoreInTurns(model, inputs, rows, wanted);
  } catch (error) {
    throw new RequestError(
      500,
      'model-failed',
      {
        what: 'the model could not score this request',
        got: reasonText(error),
        expected: 'finite outputs',
        fix: `Tell the model's owner, with request id ${id}.`,
      },
      { cause: error },
    );
  }
  metrics.batchRows.observe(rows);
  metrics.inferenceDuration.observe((performance.now() - start) / 1000);
  const scores = results.find(({ spec }) => spec === scoreSpec)?.values as Float32Array | undefined;
  const batch = { id, at: Date.now(), rows, inputs, scores };
  for (const observer of observers) observer.observe(batch);
  return observed ? results.slice(0, outputs.length) : results;
}

async function scoreInTurns(
  model: Model,
  inputs: readonly TensorValues[],
  rows: number,
  outputs: readonly TensorSpec[],
): Promise<readonly Output[]> {
  const columns = model.metadata.inputs.map(columnsOf);
  const whole = outputs.map((spec) => ({
    spec,
    values: DATATYPES[spec.datatype].allocate(rows * columnsOf(spec)),
  }));
  for (let row = 0; row < rows; row += ROWS_PER_TURN) {
    if (row > 0) await turn();
    const end = Math.min(row + ROWS_PER_TURN, rows);
    const part = inputs.map((values, index) => sliceRows(values, row, end, columns[index] ?? 1));
    const results = await model.run(part, end - row, outputs);
    for (const [index, { spec, values }] of results.entries()) {
      const target = whole[index];
      if (target !== undefined) placeRows(target.values, values, row, columnsOf(spec));
    }
  }
  return whole;
}
