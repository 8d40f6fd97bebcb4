import type { Model } from '../model/model';
import { recordValue } from './feature-schemas';
import { array, object, oneOfTexts, text } from './json-schema';
import type { JsonSchema } from './json-schema';

/** The request of `POST /v1/models/{model}/predict` for one model. */
export function predictRequestSchema(model: Model, maxRows: number): JsonSchema {
  return {
    ...object({ records: { ...array(recordSchema(model)), minItems: 1, maxItems: maxRows } }),
    examples: [{ records: [exampleRecord(model)] }],
  };
}

/** One record of named features. */
function recordSchema({ metadata: { inputs } }: Model): JsonSchema {
  const columns = inputs.flatMap(({ features, datatype }) =>
    features.map((feature) => ({ feature, datatype })),
  );
  return {
    type: 'object',
    description: 'Features by name. One that may be missing is null or left out.',
    required: columns.filter(({ feature }) => !feature.nullable).map(({ feature }) => feature.name),
    properties: Object.fromEntries(
      columns.map(({ feature, datatype }) => [feature.name, recordValue(feature, datatype)]),
    ),
    additionalProperties: false,
  };
}

function exampleRecord({ metadata: { features } }: Model): JsonSchema {
  return Object.fromEntries(
    features.map((feature) => [
      feature.name,
      feature.type === 'category' ? feature.categories[0] : Math.min(Math.max(0, feature.min), feature.max),
    ]),
  );
}

/** The response of `POST /v1/models/{model}/predict`. */
export function predictResponseSchema({ metadata: { name, threshold }, version }: Model): JsonSchema {
  return object({
    model_name: oneOfTexts([name]),
    model_version: oneOfTexts([version]),
    threshold: { type: 'number', enum: [threshold], description: 'From this score on the decision is true.' },
    predictions: array(
      object({
        prediction_id: text('The request id; for several records, followed by the number of the record.'),
        score: { type: 'number' },
        decision: { type: 'boolean' },
      }),
      'One per record, in their order.',
    ),
  });
}
