import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { modelServer } from './support/pods';
import { fraud, listOf, nameOf, POD, startPlatform, type TestPlatform } from './support/platform';
import { eventually } from '../../../studies/gateway/running-gateway';
import { describeWithNginx } from './support/when-nginx';

const LONG = 'x'.repeat(9000);
const POST = 'POST /v2/models/fraud/infer HTTP/1.1\r\nHost: gateway\r\n';

/** Splits what came back; the last answer counts. */
function parts(text: string): { status: number; type: string; allow: string; body: unknown } {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const header = (name: string) =>
    new RegExp(`^${name}: (.*)$`, 'im').exec(head.replaceAll('\r', ''))?.[1] ?? '';
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
  return { status, type: header('content-type'), allow: header('allow'), body: JSON.parse(body) };
}

describeWithNginx('refusals', (program) => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await startPlatform(program, listOf(fraud(['2', 100], ['1', 0])));
  }, 30_000);
  afterAll(() => platform.stop());

  it.each([
    [
      'a header that is too large',
      `GET /v2 HTTP/1.1\r\nHost: g\r\nx-a: ${LONG}\r\n\r\n`,
      431,
      'header is longer than 8 KiB',
    ],
    [
      'too many headers',
      `GET /v2 HTTP/1.1\r\nHost: g\r\n${`x-a: ${'y'.repeat(7000)}\r\n`.repeat(6)}\r\n`,
      431,
      'header is longer',
    ],
    [
      'an address that is too long',
      `GET /v2?${LONG} HTTP/1.1\r\nHost: g\r\n\r\n`,
      414,
      'request line is longer than 8 KiB',
    ],
    [
      'an address that is too long, and no Host',
      `GET /v2?${LONG} HTTP/1.0\r\n\r\n`,
      414,
      'request line is longer',
    ],
    [
      'a request line of three words too many',
      'GET /v2 two words HTTP/1.1\r\nHost: g\r\n\r\n',
      400,
      'cannot be read as HTTP/1.1',
    ],
    ['a method in lower case', 'get /v2 HTTP/1.1\r\nHost: g\r\n\r\n', 400, 'cannot be read'],
    ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\r\n\r\n', 400, 'cannot be read'],
    ['HTTP/1.1 without Host', 'GET /v2 HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'cannot be read'],
    ['two Hosts', 'GET /v2 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400, 'cannot be read'],
    ['two lengths', `${POST}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, 400, 'cannot be read'],
    ['a length that is no number', `${POST}Content-Length: two\r\n\r\n{}`, 400, 'cannot be read'],
    [
      'a length and chunks',
      `${POST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
      400,
      'cannot be read',
    ],
    [
      'chunks that are none',
      `${POST}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
      400,
      'cannot be read',
    ],
    [
      'a transfer-encoding that nobody knows',
      `${POST}Transfer-Encoding: gzip\r\n\r\n`,
      501,
      'transfer-encoding is not known',
    ],
    ['HTTP/2 without its handshake', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'cannot be read'],
    ['HTTP/3.0', 'GET /v2 HTTP/3.0\r\nHost: g\r\n\r\n', 505, 'version of HTTP is not known'],
    [
      'a body that is too large',
      `${POST}Content-Length: 5000000\r\n\r\n`,
      413,
      'request body larger than 4 MiB',
    ],
    [
      'TRACE',
      'TRACE /v2/models/fraud HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n',
      405,
      'method TRACE is not allowed',
    ],
    [
      'CONNECT',
      'CONNECT fraud:80 HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n',
      405,
      'method CONNECT is not allowed',
    ],
    [
      'a method that nobody knows',
      'BREW /v2 HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n',
      405,
      'method BREW is not allowed',
    ],
    [
      'POST to its health',
      'POST /v2/health/ready HTTP/1.1\r\nHost: g\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
      405,
      'method POST is not allowed',
    ],
    [
      'another path',
      'GET /metrics HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n',
      404,
      'not found; models: churn-eu, fraud;',
    ],
    [
      'an internal path',
      'GET /-/probe?group=fraud-v2 HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n',
      404,
      'not found; models:',
    ],
    [
      'a path above the root',
      'GET /../etc HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n',
      400,
      'cannot be read',
    ],
    [
      'a model that does not run',
      'GET /v2/models/other HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n',
      404,
      'not found; models:',
    ],
  ])(
    '%s',
    async (_, bytes, status, error) => {
      const answer = parts(await platform.gateway.raw(bytes));
      expect(answer.status).toBe(status);
      expect(answer.type).toBe('application/json');
      expect((answer.body as { error: string }).error).toContain(error);
      expect(answer.allow).toBe(
        status !== 405 ? '' : bytes.includes(' /v2/models') ? 'GET, POST' : 'GET, HEAD',
      );
    },
    20_000,
  );

  it('HTTP/1.0 without Host is answered by the model', async () => {
    const text = await platform.gateway.raw(
      'POST /v2/models/fraud/infer HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}',
    );
    expect(parts(text)).toMatchObject({ status: 200, body: { model_version: '2', host: 'fraud-v2' } });
  });
});

describeWithNginx('readiness', (program) => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await startPlatform(program, listOf(fraud(['2', 100], ['1', 0])));
  }, 30_000);
  afterAll(() => platform.stop());
  const ready = () => platform.gateway.ask('/v2/health/ready');
  const list = (fraudWeight: number, churnWeight: number) => ({
    schema: 1,
    models: {
      fraud: fraud(['2', fraudWeight]),
      'churn-eu': { versions: [{ version: '7', weight: churnWeight, image: 'i' }] },
    },
  });

  it('is given by any model that answers', async () => {
    expect(await ready()).toMatchObject({ status: 200, json: { ready: true } });
    await platform.pods.stop(POD['fraud-v2']);
    expect((await ready()).status).toBe(200);
    await platform.pods.stop(POD['churn-eu-v7']);
    const answer = await ready();
    expect(answer).toMatchObject({
      status: 503,
      json: { ready: false, error: 'no pod of churn-eu@7, fraud@2 is ready; see mlops status' },
    });
    await platform.pods.start(POD['fraud-v2'], modelServer('fraud', '2'));
    expect((await ready()).status).toBe(200);
  }, 20_000);

  describe('is refused', () => {
    it('where another host or version answers', async () => {
      await platform.pods.stop(POD['fraud-v2']);
      await platform.pods.start(POD['fraud-v2'], modelServer('fraud', '3'));
      expect((await ready()).status).toBe(503);
    }, 20_000);

    it('where the version says that it is not ready', async () => {
      await platform.pods.stop(POD['fraud-v2']);
      await platform.pods.start(POD['fraud-v2'], (_, response) => {
        response.writeHead(503, { 'x-model-version': '2' }).end('{}');
      });
      expect((await ready()).status).toBe(503);
    }, 20_000);

    it('within seconds where it does not answer', async () => {
      await platform.pods.stop(POD['fraud-v2']);
      await platform.pods.start(POD['fraud-v2'], () => undefined);
      const started = performance.now();
      expect((await ready()).status).toBe(503);
      expect(performance.now() - started).toBeLessThan(2500);
    }, 20_000);

    it('where no version takes requests', async () => {
      platform.gateway.releases(list(0, 0));
      await eventually(async () => JSON.stringify((await ready()).json).includes('takes requests yet'), 3);
      expect((await ready()).status).toBe(503);
      platform.gateway.releases(list(100, 100));
    }, 20_000);

    it('where every name is gone; the probe of the pod does not ask for models', async () => {
      platform.names.addresses.delete(nameOf('fraud-v2'));
      await eventually(async () => (await ready()).status === 503, 3);
      expect(await platform.gateway.podReady()).toBe(200);
    }, 20_000);
  });
});
