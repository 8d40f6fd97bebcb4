import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { fraud, LABELS, listOf, startPlatform, type TestPlatform } from './support/platform';
import { eventually } from '../../../studies/gateway/running-gateway';
import { describeWithNginx } from './support/when-nginx';

const PATH = '/v1/models/fraud/labels';
const TOKEN = { authorization: 'Bearer a-token-of-the-test' };
const MIB = 2 ** 20;

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: number;
}

describeWithNginx('labels', (program) => {
  let platform: TestPlatform;
  let seen: Seen[] = [];
  beforeAll(async () => {
    platform = await startPlatform(program, listOf(fraud(['2', 100], ['1', 0])));
    await start(accept);
    await eventually(async () => (await send('{}')).status === 202, 3);
    await platform.pods.stop(LABELS.address);
    seen = [];
  }, 30_000);
  afterEach(async () => {
    seen = [];
    await platform.pods.stop(LABELS.address);
  });
  afterAll(() => platform.stop());

  const send = (body: string, path = PATH) =>
    platform.gateway.ask(path, { ...TOKEN, 'content-type': 'application/json' }, body);
  const start = (answer: (request: IncomingMessage, response: ServerResponse) => void) =>
    platform.pods.start(LABELS.address, (request, response) => {
      let bytes = 0;
      request.on('data', (chunk: Buffer) => (bytes += chunk.length));
      request.on('end', () => {
        const { method, url, headers } = request;
        seen.push({ method, url, headers, bytes });
        answer(request, response);
      });
    });
  const accept = (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"accepted":1}');
  };

  it('reach the labels service unchanged, with the sender’s password', async () => {
    await start(accept);
    const answer = await platform.gateway.ask(PATH, { ...TOKEN, 'x-request-id': 'r-1' }, '{"labels":[]}');
    expect([answer.status, answer.json]).toEqual([202, { accepted: 1 }]);
    expect(answer.headers['x-request-id']).toBe('r-1');
    expect(seen).toEqual([
      {
        method: 'POST',
        url: PATH,
        bytes: 13,
        headers: expect.objectContaining({ ...TOKEN, 'x-request-id': 'r-1' }) as unknown,
      },
    ]);
  });

  it('may be for any model, running or not, and go to no version', async () => {
    await start(accept);
    const headers = { ...TOKEN, 'x-model-version': '99' };
    expect((await platform.gateway.ask('/v1/models/other/labels', headers, '{}')).status).toBe(202);
    expect(seen.map(({ url }) => url)).toEqual(['/v1/models/other/labels']);
  });

  it.each([400, 401, 413, 503])('get the labels service’s own answer %d', async (status) => {
    await start((_, response) => {
      response.writeHead(status, { 'retry-after': '10', 'www-authenticate': 'Bearer' }).end('{"error":{}}');
    });
    const answer = await send('{}');
    expect([answer.status, answer.json]).toEqual([status, { error: {} }]);
    expect(answer.headers).toMatchObject({ 'retry-after': '10', 'www-authenticate': 'Bearer' });
  });

  it('may have up to 2 MiB', async () => {
    await start(accept);
    expect((await send('x'.repeat(2 * MIB))).status).toBe(202);
    expect(seen.map(({ bytes }) => bytes)).toEqual([2 * MIB]);
    const answer = await platform.gateway.raw(
      `POST ${PATH} HTTP/1.1\r\nHost: g\r\nContent-Length: ${2 * MIB + 1}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('{"error":"request body larger than 2 MiB; send fewer labels per request"}');
    expect(seen).toHaveLength(1);
  });

  it.each(['GET', 'PUT', 'DELETE'])('cannot be sent with %s', async (method) => {
    await start(accept);
    const answer = await platform.gateway.ask(PATH, TOKEN, undefined, method);
    expect([answer.status, answer.headers.allow]).toEqual([405, 'POST']);
    expect(answer.json.error).toContain(`method ${method} is not allowed here`);
    expect(seen).toEqual([]);
  });

  it('can be looked up by receipt but not changed', async () => {
    await start(accept);
    const asked = await platform.gateway.ask(`${PATH}/1-2-3`, TOKEN);
    expect([asked.status, seen.map(({ url }) => url)]).toEqual([202, [`${PATH}/1-2-3`]]);
    const answer = await send('{}', `${PATH}/1-2-3`);
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET']);
    expect(seen).toHaveLength(1);
  });

  it('are sent once, even if the connection breaks', async () => {
    await start((request) => request.socket.resetAndDestroy());
    const answer = await send('{}');
    expect([answer.status, answer.json]).toEqual([
      502,
      { error: 'the labels service does not answer; see mlops status' },
    ]);
    expect(seen).toHaveLength(1);
  });

  it('are refused as JSON while the service is down, and models still answer', async () => {
    const answer = await send('{}');
    expect([answer.status, answer.json]).toEqual([
      502,
      { error: 'the labels service does not answer; see mlops status' },
    ]);
    expect((await platform.gateway.ask('/v2/models/fraud/infer', {}, '{}')).status).toBe(200);
  });

  it('are refused as JSON if the service has no address', async () => {
    platform.names.addresses.delete(LABELS.name);
    await eventually(async () => (await send('{}')).status === 503, 3);
    expect((await send('{}')).json).toEqual({
      error: 'the labels service has no address; see mlops status',
    });
    platform.names.addresses.set(LABELS.name, [LABELS.address]);
    await start(accept);
    await eventually(async () => (await send('{}')).status === 202, 3);
  }, 20_000);

  it('leave similar paths to the model', async () => {
    await start(accept);
    expect((await send('{}', '/v2/models/fraud/labels')).json.model_name).toBe('fraud');
    expect((await send('{}', '/v1/models/fraud/labels/1/more')).json.model_name).toBe('fraud');
    expect(seen).toEqual([]);
  });
});

describeWithNginx('labels of a platform without a labels service', (program) => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await startPlatform(program, listOf(fraud(['2', 100])), 'renders a single version');
  }, 30_000);
  afterAll(() => platform.stop());

  it.each(['GET', 'POST'])('are answered 404 as JSON: %s', async (method) => {
    const answer = await platform.gateway.ask(PATH, TOKEN, undefined, method);
    expect(answer.status).toBe(404);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.json).toEqual({
      error: 'this platform takes no labels: it has no labels service; run make up to get one',
    });
  });
});
