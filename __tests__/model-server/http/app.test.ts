import { describe, expect, it } from '@jest/globals';

import { inferRequest, startTestServer } from '../../../model-server/testing/app';

const server = await startTestServer({ env: { MAX_BODY_BYTES: '2000' } });
const get = (url: string) => server.app.inject({ url });

describe('the protocol', () => {
  it('describes the server', async () => {
    expect((await get('/v2')).json()).toEqual({
      name: 'mlops-model-server',
      version: '0.1.0',
      extensions: ['binary_tensor_data'],
    });
  });

  it('describes the model', async () => {
    expect((await get('/v2/models/tiny')).json()).toMatchInlineSnapshot(`
      {
        "inputs": [
          {
            "datatype": "FP32",
            "name": "features",
            "shape": [
              -1,
              4,
            ],
          },
        ],
        "name": "tiny",
        "outputs": [
          {
            "datatype": "FP32",
            "name": "score",
            "shape": [
              -1,
              1,
            ],
          },
        ],
        "platform": "onnxruntime_onnx",
        "versions": [
          "3",
        ],
      }
    `);
  });

  it('describes the version', async () => {
    expect((await get('/v2/models/tiny/versions/3')).json()).toEqual((await get('/v2/models/tiny')).json());
  });

  it.each(['/v2/models/tiny/ready', '/v2/models/tiny/versions/3/ready'])(
    'reports the model ready at %s',
    async (url) => {
      const response = await get(url);
      expect([response.statusCode, response.json()]).toEqual([200, { name: 'tiny', ready: true }]);
    },
  );

  it.each(['/v2/models/other', '/v2/models/other/ready', '/v2/models/other/versions/3'])(
    'says what is served instead of %s',
    async (url) => {
      const response = await get(url);
      expect([response.statusCode, response.json()]).toEqual([
        404,
        {
          error:
            'this server does not have the model: got "other", expected model "tiny" version "3". Ask for model "tiny".',
        },
      ]);
    },
  );

  it('says which version is served instead of an unknown one', async () => {
    const response = await server.infer(inferRequest(), {}, '/v2/models/tiny/versions/4/infer');
    expect([response.statusCode, response.json()]).toEqual([
      404,
      {
        error:
          'this server does not have the version of model "tiny": got "4", expected model "tiny" version "3". Leave the version out, or deploy the version.',
      },
    ]);
  });

  it('says what exists instead of an unknown address', async () => {
    const response = await get('/predict?card=4000');
    expect(response.statusCode).toBe(404);
    expect(response.json<{ error: string }>().error).toMatchInlineSnapshot(
      `"there is nothing at this address: got GET /predict, expected /v2, /v2/health/live, /v2/health/ready, /v2/models/tiny or /metrics. POST predictions to /v2/models/tiny/infer."`,
    );
  });

  it.each([
    ['GET', '/v2/models/tiny/infer', 'POST'],
    ['PUT', '/v2/models/tiny/infer?x=1', 'POST'],
    ['DELETE', '/v2/models/tiny/versions/3', 'GET, HEAD'],
    ['POST', '/v2', 'GET, HEAD'],
    ['OPTIONS', '/v1/models/tiny/predict', 'POST'],
    ['QUERY', '/v2/health/live', 'GET, HEAD'],
  ])('says which methods there are instead of %s %s', async (method, url, allowed) => {
    const response = await server.app.inject({ method: method as 'GET', url });
    expect([response.statusCode, response.headers.allow]).toEqual([405, allowed]);
    expect(response.json<{ error: string }>().error).toBe(
      `this address does not have the method: got ${method} ${url.split('?')[0] ?? ''}, expected ${allowed}. See /openapi.json.`,
    );
  });

  it('answers an overlong model name with 414', async () => {
    expect((await get(`/v2/models/${'m'.repeat(3000)}`)).statusCode).toBe(414);
  });

  it('answers an address that cannot be decoded with 400', async () => {
    expect((await get('/%zz')).statusCode).toBe(400);
  });
});

describe('readiness', () => {
  it('fails until startup completes, while liveness holds', async () => {
    const { app, lifecycle } = await startTestServer();
    Object.defineProperty(lifecycle, 'phase', { value: 'starting' });
    expect((await app.inject('/v2/health/ready')).statusCode).toBe(503);
    expect((await app.inject('/v2/health/live')).statusCode).toBe(200);
  });

  it('holds after startup', async () => {
    expect((await get('/v2/health/ready')).json()).toEqual({ ready: true });
  });

  it('fails for server and model during the drain, while requests are still answered', async () => {
    const { app, lifecycle, infer } = await startTestServer();
    lifecycle.drain();
    expect((await app.inject('/v2/health/ready')).statusCode).toBe(503);
    expect((await app.inject('/v2/models/tiny/ready')).statusCode).toBe(503);
    expect((await app.inject('/v2/health/live')).statusCode).toBe(200);
    expect((await infer(inferRequest())).statusCode).toBe(200);
  });
});

describe('every answer', () => {
  it.each(['/v2', '/v2/health/live', '/metrics', '/v2/models/other', '/nowhere', '/%zz'])(
    'at %s carries x-model-version and x-request-id',
    async (url) => {
      const { headers } = await get(url);
      expect(headers['x-model-version']).toBe('3');
      expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  it('echoes a usable x-request-id', async () => {
    const response = await server.app.inject({ url: '/v2', headers: { 'x-request-id': 'Root=1-67-ab:c/d' } });
    expect(response.headers['x-request-id']).toBe('Root=1-67-ab:c/d');
  });

  it.each(['', 'a b', 'é', '<script>', 'x'.repeat(129)])('replaces the x-request-id %j', async (id) => {
    const response = await server.app.inject({ url: '/v2', headers: { 'x-request-id': id } });
    expect(response.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('asks to keep the connection while serving', async () => {
    expect((await get('/v2')).headers.connection).not.toBe('close');
  });

  it.each(['/v2', '/v2/health/ready', '/nowhere'])(
    'at %s asks to close the connection during the drain',
    async (url) => {
      const { app, lifecycle } = await startTestServer();
      lifecycle.drain();
      expect((await app.inject(url)).headers.connection).toBe('close');
    },
  );
});

describe('limits', () => {
  it('refuse a body by its content length', async () => {
    const response = await server.infer('x'.repeat(2001));
    expect([response.statusCode, response.json()]).toEqual([
      413,
      {
        error:
          'the request body is too large: got 2001 bytes, expected at most 2000 bytes. Split the batch over several requests.',
      },
    ]);
  });

  it('admit a body of exactly the limit', async () => {
    expect((await server.infer(JSON.stringify(inferRequest()).padEnd(2000))).statusCode).toBe(200);
  });

  it('refuse a body in an unknown coding', async () => {
    const response = await server.infer(inferRequest(), { 'content-encoding': 'br' });
    expect(response.statusCode).toBe(415);
    expect(response.json<{ error: string }>().error).toContain(
      'got content-encoding "br", expected identity, or one of gzip and deflate',
    );
  });
});

const failing = await startTestServer({
  wrap: (model) => ({ ...model, run: () => Promise.reject(new RangeError('output "score" holds NaN')) }),
});
const response = await failing.infer(inferRequest(), { 'x-request-id': 'r-1' });

describe('a model that fails', () => {
  it('answers 500 and says whom to tell', () => {
    expect([response.statusCode, response.json()]).toEqual([
      500,
      {
        error:
          'the model could not score this request: got output "score" holds NaN, expected finite outputs. Tell the model\'s owner, with request id r-1.',
      },
    ]);
  });

  it('is logged as an error with the request id', () => {
    expect(failing.log).toContainEqual(
      expect.objectContaining({ level: 'error', requestId: 'r-1', reason: 'model-failed' }),
    );
  });
});

describe('the log', () => {
  it('has one debug line per answered request', async () => {
    const { infer, log } = await startTestServer();
    await infer(inferRequest(), { 'x-request-id': 'r-2' });
    expect(log).toEqual([
      expect.objectContaining({
        level: 'debug',
        requestId: 'r-2',
        method: 'POST',
        route: '/v2/models/:model/infer',
        statusCode: 200,
      }),
    ]);
  });

  it('warns of a refusal with its reason and never quotes the data', async () => {
    const { infer, log } = await startTestServer();
    await infer(inferRequest(['4000-1234', 3, 1, 0]), { authorization: 'Bearer 4000-1234' });
    expect(log).toContainEqual(
      expect.objectContaining({ level: 'warn', reason: 'value-invalid', statusCode: 400 }),
    );
    expect(JSON.stringify(log)).not.toContain('4000-1234');
  });
});
