import { RequestError, show } from '../errors';
import type { Feature } from '../model/features';
import type { InputSpec, ModelMetadata, TensorSpec } from '../model/metadata';
import { ColumnChecks } from '../tensors/column-checks';
import { DATATYPES } from '../tensors/datatype';
import type { TensorValues } from '../tensors/datatype';
import { refuseFeature } from '../tensors/json-values';
import { isObject, mostValues, parseJson } from './json';
import type { JsonObject } from './json';
import { score } from './score';
import type { Scoring } from './score';
import { LONG_BYTES, longTurn } from './turn';

/** The response of `POST /v1/models/{model}/predict`. */
export interface PredictAnswer {
  readonly model_name: string;
  readonly model_version: string;
  /** The decision is true from this score on. */
  readonly threshold: number;
  /** One per record, in order. */
  readonly predictions: readonly Prediction[];
}

export interface Prediction {
  /** The request id, followed by the record's number if there are several. */
  readonly prediction_id: string;
  readonly score: number;
  readonly decision: boolean;
}

/** Where a named feature goes. */
interface Column {
  readonly feature: Feature;
  readonly input: InputSpec;
  readonly inputIndex: number;
  readonly column: number;
  /** Whether this JSON number, or text for a category, is valid here. */
  readonly accepts: (value: number) => boolean;
}

/** Answers records of named features, for applications that know the model's features but not its tensors. */
export class Predictor {
  private readonly columns: ReadonlyMap<string, Column>;

  private constructor(
    private readonly scoring: Scoring,
    private readonly scoreSpec: TensorSpec,
    private readonly maxRows: number,
  ) {
    this.columns = new Map(columnsByName(scoring.model.metadata));
  }

  /** undefined for a model without a score. */
  static for(scoring: Scoring, maxRows: number): Predictor | undefined {
    const { score: spec } = scoring.model.metadata;
    return spec === undefined ? undefined : new Predictor(scoring, spec, maxRows);
  }

  /**
   * @param body `{"records": [{"<feature>": value, …}, …]}`; categories as text; a missing value is null or left out.
   * @param isReplay Rows of the past: no observer is told.
   * @throws {RequestError} 4xx at the first error.
   */
  async answer(body: Buffer, requestId: string, isReplay = false): Promise<PredictAnswer> {
    const { model } = this.scoring;
    const scoring = isReplay ? { ...this.scoring, observers: [] } : this.scoring;
    const { name, threshold } = model.metadata;
    if (body.byteLength > LONG_BYTES) await longTurn();
    const maxValues = mostValues(this.maxRows, this.columns.size);
    const records = this.readRecords(parseJson(body, maxValues, 'an object with "records"'));
    const inputs = this.readInputs(records);
    const [output] = await score(scoring, requestId, inputs, records.length, [this.scoreSpec]);
    const scores = output?.values as Float32Array;
    const predictions = Array.from(scores, (value, row) => ({
      prediction_id: predictionId(requestId, row, scores.length),
      score: value,
      decision: value >= threshold,
    }));
    return { model_name: name, model_version: model.version, threshold, predictions };
  }

  private readRecords(body: unknown): readonly JsonObject[] {
    const records = isObject(body) ? body.records : undefined;
    if (!Array.isArray(records) || records.length === 0)
      throw recordInvalid('"records"', show(records), 'an array of at least one record');
    if (records.length > this.maxRows)
      throw new RequestError(413, 'too-many-rows', {
        what: '"records"',
        got: `${records.length} records`,
        expected: `at most ${this.maxRows}`,
        fix: 'Split the batch over several requests.',
      });
    return records.map((record: unknown, row) => {
      if (!isObject(record)) throw recordInvalid(`record ${row}`, show(record), 'an object of features');
      for (const name of Object.keys(record))
        if (!this.columns.has(name))
          throw recordInvalid(
            `record ${row}`,
            `feature ${show(name)}`,
            `features of the model: ${[...this.columns.keys()].join(', ')}`,
          );
      return record;
    });
  }

  private readInputs(records: readonly JsonObject[]): TensorValues[] {
    const inputs = this.scoring.model.metadata.inputs.map(({ datatype, features }) =>
      DATATYPES[datatype].allocate(records.length * features.length),
    );
    records.forEach((record, row) => {
      for (const [name, column] of this.columns) {
        const value = Object.hasOwn(record, name) ? record[name] : undefined;
        const values = inputs[column.inputIndex] ?? [];
        if (!place(values, row * column.input.features.length + column.column, value ?? null, column))
          throw refuseFeature(
            `record ${row}, feature "${name}"`,
            column.feature,
            column.input.datatype,
            value,
            column.feature.type === 'category',
          );
      }
    });
    return inputs;
  }
}

/** `id` for a single row, `id/row` in a batch. */
export function predictionId(id: string, row: number, rows: number): string {
  return rows === 1 ? id : `${id}/${row}`;
}

/** Writes one value to its column; false if the feature does not take it. */
function place(values: TensorValues, index: number, value: unknown, column: Column): boolean {
  const { feature } = column;
  const position =
    feature.type === 'category' && typeof value === 'string' ? feature.categories.indexOf(value) : -1;
  if (Array.isArray(values)) {
    if (position === -1) return false;
    values[index] = value as string;
    return true;
  }
  const isCategory = feature.type === 'category' && value !== null;
  const number = isCategory ? position : value === null ? NaN : value;
  if (typeof number !== 'number' && typeof number !== 'boolean') return false;
  if (isCategory && position === -1) return false;
  if (typeof number === 'boolean' && column.input.datatype !== 'BOOL') return false;
  if (!column.accepts(Number(number))) return false;
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) values[index] = BigInt(number);
  else values[index] = Number(number);
  return true;
}

function* columnsByName({ inputs }: ModelMetadata): Generator<[string, Column]> {
  for (const [inputIndex, input] of inputs.entries()) {
    const checks = input.datatype === 'BYTES' ? undefined : new ColumnChecks(input.features, input.datatype);
    const { min, max } = DATATYPES[input.datatype];
    for (const [column, feature] of input.features.entries()) {
      const accepts = (value: number): boolean =>
        (Number.isNaN(value) || (value >= min && value <= max)) && checks?.allows(value, column) === true;
      yield [feature.name, { feature, input, inputIndex, column, accepts }];
    }
  }
}

function recordInvalid(what: string, got: string, expected: string): RequestError {
  return new RequestError(400, 'record-invalid', {
    what,
    got,
    expected,
    fix: 'Send {"records": [{"<feature>": value, …}]}; the model\'s features are in /openapi.json.',
  });
}
