import { columnsOf } from '../model/metadata';
import type { InputSpec, TensorSpec } from '../model/metadata';
import type { Model } from '../model/model';
import { elementTypes, elementValue } from './feature-schemas';
import { array, object, oneOfTexts, text } from './json-schema';
import type { JsonSchema } from './json-schema';

/** What may be left out may be null. */
const OR_NULL = {
  string: ['string', 'null'],
  object: ['object', 'null'],
  array: ['array', 'null'],
  boolean: ['boolean', 'null'],
};

/** The request of `POST …/infer` for one model. The server refuses more: data that does not fit the shape. */
export function inferRequestSchema({ metadata: { inputs, outputs } }: Model, maxRows: number): JsonSchema {
  const tensors = inputs.map((spec) => inputSchema(spec, maxRows));
  const [only] = tensors;
  return {
    type: 'object',
    description: 'Inference Request JSON Object of the Open Inference Protocol v2.',
    required: ['inputs'],
    properties: {
      id: {
        ...text('Comes back in the answer; `x-request-id` stands in.'),
        type: OR_NULL.string,
        maxLength: 256,
      },
      parameters: {
        type: OR_NULL.object,
        properties: {
          binary_data_output: {
            type: OR_NULL.boolean,
            description: 'Whether outputs come as bytes after the JSON.',
          },
        },
      },
      inputs: {
        ...array(tensors.length === 1 && only !== undefined ? only : { anyOf: tensors }),
        description: 'Every input of the model once, all with the same rows.',
        minItems: tensors.length,
        maxItems: tensors.length,
      },
      outputs: {
        ...array(requestedOutput(outputs), 'The outputs wanted, each at most once; all where none is named.'),
        type: OR_NULL.array,
      },
    },
    examples: [{ inputs: inputs.map(exampleInput) }],
  };
}

function inputSchema(spec: InputSpec, maxRows: number): JsonSchema {
  const { name, datatype, features } = spec;
  const columns = features.map((feature) => feature.name).join(', ');
  return {
    type: 'object',
    title: name,
    required: ['name', 'shape', 'datatype', 'data'],
    properties: {
      name: oneOfTexts([name]),
      shape: shapeSchema(spec, maxRows),
      datatype: oneOfTexts(datatype === 'FP32' ? ['FP32', 'FP64'] : [datatype]),
      parameters: {
        type: OR_NULL.object,
        properties: {
          binary_data_size: {
            type: ['null'],
            description: 'In JSON alone, unset: the values are in data.',
          },
        },
      },
      data: {
        description: `Row by row, flat or one array per row. Columns: ${columns}.`,
        anyOf: [
          { ...array({ type: elementTypes(spec) }), minItems: features.length },
          { ...array(rowSchema(spec)), minItems: 1 },
        ],
      },
    },
  };
}

function shapeSchema(spec: TensorSpec, maxRows: number): JsonSchema {
  const rows = { type: 'integer', title: 'rows', minimum: 1, maximum: maxRows };
  const columns = { type: 'integer', title: 'columns', enum: [columnsOf(spec)] };
  return tuple(spec.shape.length === 1 ? [rows] : [rows, columns]);
}

function rowSchema({ features, datatype }: InputSpec): JsonSchema {
  return tuple(features.map((feature) => elementValue(feature, datatype)));
}

function tuple(items: readonly JsonSchema[]): JsonSchema {
  return { type: 'array', prefixItems: items, minItems: items.length, maxItems: items.length };
}

function requestedOutput(outputs: readonly TensorSpec[]): JsonSchema {
  return {
    type: 'object',
    required: ['name'],
    properties: {
      name: oneOfTexts(outputs.map(({ name }) => name)),
      parameters: {
        type: OR_NULL.object,
        properties: {
          binary_data: {
            type: OR_NULL.boolean,
            description: 'Whether this output comes as bytes after the JSON.',
          },
        },
      },
    },
  };
}

/** A valid row. */
function exampleInput(spec: InputSpec): JsonSchema {
  const { name, datatype, features, shape } = spec;
  const data = features.map((feature) => {
    if (feature.type === 'category') return datatype === 'BYTES' ? feature.categories[0] : 0;
    return Math.min(Math.max(0, feature.min), feature.max);
  });
  return { name, shape: [1, ...shape.slice(1)], datatype, data };
}

/** The response of `POST …/infer`. */
export function inferResponseSchema({ metadata: { name, outputs }, version }: Model): JsonSchema {
  return object(
    {
      model_name: oneOfTexts([name]),
      model_version: oneOfTexts([version]),
      id: text('`id` of the request, else `x-request-id`. The prediction id is always `x-request-id`.'),
      outputs: array({ anyOf: outputs.map(outputSchema) }, 'In the order asked for.'),
    },
    'Inference Response JSON Object of the Open Inference Protocol v2.',
  );
}

function outputSchema(spec: TensorSpec): JsonSchema {
  return {
    type: 'object',
    title: spec.name,
    required: ['name', 'datatype', 'shape'],
    properties: {
      name: oneOfTexts([spec.name]),
      datatype: oneOfTexts([spec.datatype]),
      shape: {
        ...array({ type: 'integer', minimum: 1 }, `[${['rows', ...spec.shape.slice(1)].join(', ')}]`),
        minItems: spec.shape.length,
        maxItems: spec.shape.length,
      },
      data: array(
        { type: ['number', 'boolean', 'string'] },
        'Flat, row by row; absent where it comes in binary.',
      ),
      parameters: object({
        binary_data_size: { type: 'integer', minimum: 0, description: 'Bytes of it after the JSON.' },
      }),
    },
  };
}
