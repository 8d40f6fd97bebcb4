import { Ajv2020 } from 'ajv/dist/2020';
import { beforeAll, describe, expect, it } from '@jest/globals';

import { inferRequest, startTestServer } from '../../../model-server/testing/app';
import type { TestServer, TestServerOptions } from '../../../model-server/testing/app';
import { MANY_TYPES, manyTypesRequest } from '../../../model-server/testing/many-types';
import { expectThat } from '../../support/expect-that';

interface Content {
  readonly schema?: object;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters: readonly { name: string; in: string; schema: { enum?: unknown[] } }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<
    Record<string, { headers: object; content: Readonly<Record<string, Content>> }>
  >;
}

interface OpenApi {
  readonly openapi: string;
  readonly info: object;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Record<string, unknown>>> };
}

async function openApi({ app }: TestServer): Promise<OpenApi> {
  const response = await app.inject('/openapi.json');
  expectThat(response.statusCode, response.body).toBe(200);
  return response.json<OpenApi>();
}

async function documentOf(options: TestServerOptions): Promise<OpenApi> {
  return openApi(await startTestServer(options));
}

const server = await startTestServer();
const document = await openApi(server);

/** A function that says what of a value does not fit the schema of that name. */
function checker({ components }: OpenApi): (name: string, value: unknown) => string {
  const ajv = new Ajv2020({ strictTypes: false });
  return (name, value) => (ajv.validate(components.schemas[name] ?? false, value) ? '' : ajv.errorsText());
}

const complaint = checker(document);

describe('the document', () => {
  it('is OpenAPI 3.1 of the model and its version', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document.info).toMatchObject({ title: 'Model server: tiny', version: '3' });
  });

  it('has every route, once', () => {
    const operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, { operationId }]) => `${method} ${path}: ${operationId}`),
    );
    expect(operations.sort()).toMatchInlineSnapshot(`
      [
        "get /docs: docs",
        "get /metrics: metrics",
        "get /openapi.json: openapi",
        "get /v2/health/live: serverLive",
        "get /v2/health/ready: serverReady",
        "get /v2/models/{model}/ready: modelReady",
        "get /v2/models/{model}/versions/{version}/ready: modelReadyVersion",
        "get /v2/models/{model}/versions/{version}: modelMetadataVersion",
        "get /v2/models/{model}: modelMetadata",
        "get /v2: serverMetadata",
        "post /v1/models/{model}/predict: predict",
        "post /v2/models/{model}/infer: infer",
        "post /v2/models/{model}/versions/{version}/infer: inferVersion",
      ]
    `);
  });

  it('has a unique operation id for each', () => {
    const ids = Object.values(document.paths).flatMap((item) =>
      Object.values(item).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('names the only model and version in the paths', () => {
    const { parameters = [] } = document.paths['/v2/models/{model}/versions/{version}/infer']?.post ?? {};
    const path = parameters.filter((parameter) => parameter.in === 'path');
    expect(path.map(({ name, schema }) => [name, schema.enum])).toEqual([
      ['model', ['tiny']],
      ['version', ['3']],
    ]);
  });

  it('resolves every reference', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
    const known = Object.keys(document.components.schemas);
    expect(new Set(references.map(([, name]) => name))).toEqual(new Set(known));
  });

  it('documents the request id and version headers of every answer', () => {
    const answers = Object.values(document.paths).flatMap((item) =>
      Object.values(item).flatMap(({ responses }) => Object.values(responses)),
    );
    for (const { headers } of answers)
      expect(Object.keys(headers)).toEqual(expect.arrayContaining(['x-request-id', 'x-model-version']));
  });

  it('has the body of an inference in JSON and in binary', () => {
    const { post } = document.paths['/v2/models/{model}/infer'] ?? {};
    expect(Object.keys(post?.requestBody?.content ?? {})).toEqual([
      'application/json',
      'application/octet-stream',
    ]);
    expect(Object.keys(post?.responses[200]?.content ?? {})).toEqual([
      'application/json',
      'application/octet-stream',
    ]);
  });

  it('leaves out record predictions if the model has no score', async () => {
    const { paths, components } = await documentOf({
      changes: {
        onnx: 'output-two-columns.onnx',
        metadata: {
          signature: {
            inputs: [{ name: 'features', datatype: 'FP32', shape: [-1, 4] }],
            outputs: [{ name: 'score', datatype: 'FP32', shape: [-1, 2] }],
          },
        },
      },
    });
    expect(Object.keys(paths)).not.toContain('/v1/models/{model}/predict');
    expect(Object.keys(components.schemas)).not.toContain('PredictRequest');
  });

  it.each(['$ref', '$id', 'const', 'properties', 'definitions', 'examples'])(
    'takes a feature that is called %s for a feature',
    async (name) => {
      const features = [name, 'b', 'c', 'd'].map((each) => ({ name: each, type: 'number' }));
      const weird = await documentOf({ changes: { metadata: { features } } });
      const check = checker(weird);
      const record = { [name]: 1, b: 1, c: 1, d: 1 };
      expect(check('PredictRequest', { records: [record] })).toBe('');
      expect(check('PredictRequest', { records: [{ ...record, [name]: 'x' }] })).toContain('must be number');
    },
  );
});

describe('features in the record form', () => {
  const records = (value: object) =>
    complaint('PredictRequest', { records: [{ amount: 1, hour: 1, channel: 'web', average: 1, ...value }] });

  it.each([
    [{ amount: 0.5, hour: 23, channel: 'pos', average: null }],
    [{ average: undefined }],
    [{ average: -3.4e38 }],
  ])('take %j', (value) => {
    expect(records(JSON.parse(JSON.stringify(value)) as object)).toBe('');
  });

  it.each([
    [{ amount: -0.01 }, 'amount must be >= 0'],
    [{ amount: null }, 'amount must be number'],
    [{ hour: 24 }, 'hour must be <= 23'],
    [{ hour: 3.5 }, 'hour must be integer'],
    [{ channel: 1 }, 'channel must be string'],
    [{ channel: 'phone' }, 'channel must be equal to one of the allowed values'],
    [{ average: 1e39 }, 'average must be <= 3.4'],
    [{ other: 1 }, 'must NOT have additional properties'],
  ])('do not take %j', (value, reason) => {
    expect(records(value)).toContain(reason);
  });

  it('are required unless they may be missing', () => {
    expect(complaint('PredictRequest', { records: [{ hour: 1, channel: 'web' }] })).toContain(
      "must have required property 'amount'",
    );
  });

  it('have the package’s description', async () => {
    const described = await documentOf({
      changes: {
        metadata: {
          features: [
            { name: 'amount', type: 'number', description: 'Of the transaction, in euros.' },
            ...['hour', 'channel', 'average'].map((name) => ({ name, type: 'number' })),
          ],
        },
      },
    });
    expect(JSON.stringify(described.components.schemas.PredictRequest)).toContain(
      'Of the transaction, in euros.',
    );
  });

  it('that may be missing and have categories take null', async () => {
    const features = [
      { name: 'channel', type: 'category', categories: ['web', 'pos'], nullable: true },
      ...['b', 'c', 'd'].map((name) => ({ name, type: 'number' })),
    ];
    const nullable = checker(await documentOf({ changes: { metadata: { features } } }));
    const record = (channel: unknown) =>
      nullable('PredictRequest', { records: [{ channel, b: 0, c: 0, d: 0 }] });
    expect([record(null), record('web')]).toEqual(['', '']);
    expect(record('phone')).not.toBe('');
  });
});

describe('inputs of an inference', () => {
  it.each([
    ['flat', [1, 2, 0, null]],
    ['nested', [[1, 2, 0, null]]],
  ])('take %s data', (_form, data) => {
    expect(complaint('InferRequest', inferRequest(data))).toBe('');
  });

  it.each([
    ['a text', ['1', 2, 0, 4]],
    ['a row too short', [[1, 2, 0]]],
    ['less than a row', [1, 2, 0]],
    ['a value out of range', [[1, 24, 0, 4]]],
    ['no category', [[1, 2, 2, 4]]],
  ])('do not take %s', (_what, data) => {
    expect(complaint('InferRequest', inferRequest(data))).not.toBe('');
  });

  it('take no more rows than the server', () => {
    expect(complaint('InferRequest', inferRequest([1, 2, 0, 4], 4097))).not.toBe('');
  });

  it('of every datatype take what the server takes', async () => {
    const check = checker(await documentOf({ changes: MANY_TYPES }));
    expect(check('InferRequest', manyTypesRequest())).toBe('');
  });
});

describe.each([
  ['tiny', {}],
  ['many-types', { changes: MANY_TYPES }],
])('the examples for the model %s', (name, options: TestServerOptions) => {
  let other: TestServer;
  let document: OpenApi;
  beforeAll(async () => {
    other = await startTestServer(options);
    document = await openApi(other);
  });

  it.each([
    ['InferRequest', `/v2/models/${name}/infer`, 'InferResponse'],
    ['PredictRequest', `/v1/models/${name}/predict`, 'PredictResponse'],
  ])('of %s are answered as %s is documented', async (request, url, answer) => {
    const check = checker(document);
    const [example] = document.components.schemas[request]?.examples as object[];
    expect(check(request, example)).toBe('');
    const response = await other.app.inject({ method: 'POST', url, payload: example ?? {} });
    expectThat(response.statusCode, response.body).toBe(200);
    expect(check(answer, response.json())).toBe('');
  });
});

describe('answers are as documented', () => {
  it.each([
    ['/v2/health/ready', 'Ready'],
    ['/v2/models/tiny', 'ModelMetadata'],
    ['/v2/models/tiny/versions/3', 'ModelMetadata'],
    ['/v2/models/other', 'Error'],
    ['/nowhere', 'Error'],
  ])('at %s', async (url, schema) => {
    expect(complaint(schema, (await server.app.inject(url)).json())).toBe('');
  });

  it('during the drain', async () => {
    const { app, lifecycle } = await startTestServer();
    lifecycle.drain();
    const response = await app.inject('/v2/health/ready');
    expect(response.json<object>()).toEqual({ ready: false, error: 'the server is draining' });
    expect(complaint('Ready', response.json())).toBe('');
  });
});
