// Adds the documentation keys to FastifySchema.
import type {} from '@fastify/swagger';
import type { FastifySchema } from 'fastify';

import type { ModelMetadata } from '../model/metadata';
import type { Model } from '../model/model';
import { inferRequestSchema, inferResponseSchema } from './infer-schemas';
import { array, named, object, oneOfTexts, text } from './json-schema';
import type { JsonSchema } from './json-schema';
import { predictRequestSchema, predictResponseSchema } from './predict-schemas';

const TAGS = { server: ['server'], model: ['model'], predictions: ['predictions'] };
const BINARY = { type: 'string', format: 'binary' };
const JSON_TYPE = 'application/json';
const BINARY_TYPE = 'application/octet-stream';

/** Why a request may be refused, by status. */
const REFUSALS = {
  400: 'The request is wrong: the error says where, what came, what was expected and how to correct it.',
  404: 'There is no such model or version here.',
  413: 'The body or the batch is too large.',
  414: 'The address is too long.',
  415: 'The body is encoded in another way than with gzip or deflate.',
  431: 'The header is too large.',
  500: 'The server or the model failed; its log says why, under the request id.',
  503: 'The server has too much to do: ask again a second later.',
} as const;

type Refusal = keyof typeof REFUSALS;

const ALWAYS: readonly Refusal[] = [400, 431, 500];
const OF_MODEL: readonly Refusal[] = [400, 404, 414, 431, 500];
const OF_BODY: readonly Refusal[] = [400, 404, 413, 414, 415, 431, 500, 503];

/** The schemas of one model's routes, for the OpenAPI document and for serializing responses. */
export class RouteSchemas {
  private readonly answerHeaders: Readonly<Record<string, JsonSchema>>;
  private readonly requestHeaders = {
    type: 'object',
    properties: {
      'x-request-id': text(
        'Comes back in the answer, and is the prediction id. A new one is made where it is missing, longer than 128 characters or has others than letters, digits and ._:/=@+-, or ends with a slash and a number, as the rows of a batch do.',
      ),
    },
  };

  constructor(
    private readonly model: Model,
    private readonly maxRows: number,
  ) {
    this.answerHeaders = {
      'x-request-id': text('The `x-request-id` of the request, or a new one.'),
      'x-model-version': oneOfTexts([model.version], 'The version that answered.'),
    };
  }

  /** Schemas that others reference by `$id`. */
  shared(): readonly JsonSchema[] {
    const { model, maxRows } = this;
    return [
      {
        $id: 'Error',
        ...object({ error: text('What was wrong, what came, what was expected, how to fix it.') }),
      },
      { $id: 'Ready', ...readySchema() },
      { $id: 'ModelMetadata', ...modelMetadataSchema(model.metadata, model.version) },
      { $id: 'InferRequest', ...inferRequestSchema(model, maxRows) },
      { $id: 'InferResponse', ...inferResponseSchema(model) },
      ...(model.metadata.score === undefined
        ? []
        : [
            { $id: 'PredictRequest', ...predictRequestSchema(model, maxRows) },
            { $id: 'PredictResponse', ...predictResponseSchema(model) },
          ]),
    ];
  }

  server(): FastifySchema {
    const schema = object({ name: text(), version: text(), extensions: array(text()) });
    return this.get(
      'serverMetadata',
      TAGS.server,
      'Name, version and protocol extensions of the server',
      schema,
    );
  }

  live(): FastifySchema {
    const schema = object({ live: { type: 'boolean' } });
    return this.get('serverLive', TAGS.server, 'Whether the process answers', schema);
  }

  ready(): FastifySchema {
    const schema = this.get('serverReady', TAGS.server, 'Whether the server takes requests', named('Ready'));
    return this.withAnswer(schema, 503, 'Not yet, or no longer.', named('Ready'));
  }

  metrics(): FastifySchema {
    return this.get('metrics', TAGS.server, 'Metrics in the text format of Prometheus', text(), 'text/plain');
  }

  openapi(): FastifySchema {
    return this.get('openapi', TAGS.server, 'This document', { type: 'object', additionalProperties: true });
  }

  docs(): FastifySchema {
    return this.get('docs', TAGS.server, 'A page to try this server', text(), 'text/html');
  }

  modelMetadata(versioned: boolean): FastifySchema {
    const schema = this.get(
      'modelMetadata',
      TAGS.model,
      'Inputs and outputs of the model',
      named('ModelMetadata'),
    );
    return this.ofModel(schema, versioned);
  }

  modelReady(versioned: boolean): FastifySchema {
    const answer = object({ name: oneOfTexts([this.model.metadata.name]), ready: { type: 'boolean' } });
    const schema = this.get('modelReady', TAGS.model, 'Whether the model takes requests', answer);
    return this.ofModel(this.withAnswer(schema, 503, 'Not yet, or no longer.', answer), versioned);
  }

  infer(versioned: boolean): FastifySchema {
    const { inputs, outputs } = this.model.metadata;
    const describe = ({ name, datatype, shape }: (typeof outputs)[number]): string =>
      `\`${name}\` ${datatype} [${['rows', ...shape.slice(1)].join(', ')}]`;
    const headers = {
      ...this.answerHeaders,
      'inference-header-content-length': {
        type: 'integer',
        description: 'Bytes of JSON, where tensors follow.',
      },
    };
    const schema = {
      operationId: 'infer',
      tags: TAGS.predictions,
      summary: 'Scores rows: Open Inference Protocol v2',
      description: `Inputs: ${inputs.map(describe).join(', ')}. Outputs: ${outputs.map(describe).join(', ')}. At most ${this.maxRows} rows. The content type of the request is not looked at: \`Inference-Header-Content-Length\` tells binary tensors from JSON alone.`,
      headers: {
        type: 'object',
        properties: {
          ...this.requestHeaders.properties,
          'inference-header-content-length': {
            type: 'integer',
            minimum: 0,
            description: `Bytes of JSON at the start of the body, where tensors follow it (${BINARY_TYPE}).`,
          },
        },
      },
      body: {
        content: {
          [JSON_TYPE]: { schema: named('InferRequest') },
          [BINARY_TYPE]: {
            schema: {
              ...BINARY,
              description:
                'Binary tensor extension: the JSON, whose inputs have `parameters.binary_data_size` in place of `data`, followed by the elements of these inputs, little-endian, row by row; each BYTES element is preceded by its length as UINT32.',
            },
          },
        },
      },
      response: {
        200: {
          description: 'The outputs, in binary where the request asked for that.',
          headers,
          content: {
            [JSON_TYPE]: { schema: named('InferResponse') },
            [BINARY_TYPE]: { schema: BINARY },
          },
        },
        ...this.refusals(OF_BODY),
      },
    };
    return this.ofModel(schema, versioned);
  }

  predict(): FastifySchema {
    const { threshold } = this.model.metadata;
    const schema = {
      operationId: 'predict',
      tags: TAGS.predictions,
      summary: 'Scores records of named features and decides',
      description: `The decision is true from a score of ${threshold} on. At most ${this.maxRows} records.`,
      headers: this.requestHeaders,
      body: { content: { [JSON_TYPE]: { schema: named('PredictRequest') } } },
      response: {
        200: this.answer('One prediction per record.', named('PredictResponse')),
        ...this.refusals(OF_BODY),
      },
    };
    return this.ofModel(schema, false);
  }

  private get(
    operationId: string,
    tags: readonly string[],
    summary: string,
    answer: JsonSchema,
    type = JSON_TYPE,
  ): FastifySchema {
    return {
      operationId,
      tags,
      summary,
      headers: this.requestHeaders,
      response: { 200: this.answer(summary, answer, type), ...this.refusals(ALWAYS) },
    };
  }

  /** Adds the path's parameters and the errors that they may cause. */
  private ofModel(schema: FastifySchema, versioned: boolean): FastifySchema {
    const { metadata, version } = this.model;
    const model = oneOfTexts([metadata.name], 'The model that this server has.');
    return {
      ...schema,
      operationId: `${schema.operationId ?? ''}${versioned ? 'Version' : ''}`,
      params: object(versioned ? { model, version: oneOfTexts([version], 'The version of it.') } : { model }),
      response: { ...(schema.response as object), ...this.refusals(OF_MODEL) },
    };
  }

  private withAnswer(
    schema: FastifySchema,
    status: number,
    description: string,
    answer: JsonSchema,
  ): FastifySchema {
    return {
      ...schema,
      response: { ...(schema.response as object), [status]: this.answer(description, answer) },
    };
  }

  private refusals(statuses: readonly Refusal[]): Readonly<Record<number, JsonSchema>> {
    return Object.fromEntries(
      statuses.map((status) => [status, this.answer(REFUSALS[status], named('Error'))]),
    );
  }

  private answer(description: string, schema: JsonSchema, type = JSON_TYPE): JsonSchema {
    return { description, headers: this.answerHeaders, content: { [type]: { schema } } };
  }
}

function readySchema(): JsonSchema {
  return {
    type: 'object',
    required: ['ready'],
    properties: { ready: { type: 'boolean' }, error: text('Why it is not.') },
  };
}

function modelMetadataSchema({ name }: ModelMetadata, version: string): JsonSchema {
  const tensor = object({
    name: text(),
    datatype: text(),
    shape: array({ type: 'integer' }, 'The rows are -1: any number.'),
  });
  return object({
    name: oneOfTexts([name]),
    versions: array(oneOfTexts([version])),
    platform: text(),
    inputs: array(tensor),
    outputs: array(tensor),
  });
}
