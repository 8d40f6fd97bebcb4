import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../support/wait-for';
import { parseExposition } from './support/exposition';
import { fraud, listOf, POD, startPlatform, type TestPlatform } from './support/platform';
import { modelServer } from './support/pods';
import { eventually } from '../../../studies/gateway/running-gateway';
import { describeWithNginx } from './support/when-nginx';

const BODY = JSON.stringify({ inputs: 'x'.repeat(100_000) });

/** Tells what it was sent. */
function echo(version: string) {
  return (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.setHeader('x-model-version', version);
      const sent = Buffer.concat(chunks).toString();
      response.end(
        JSON.stringify({ model_version: version, method: request.method, isWhole: sent === BODY }),
      );
    });
  };
}

describeWithNginx('a request that its weight gives to a canary', (program) => {
  let platform: TestPlatform;

  beforeAll(async () => {
    platform = await startPlatform(program, listOf(fraud(['2', 0], ['1', 100])));
    await platform.pods.stop(POD['fraud-v1']);
    await platform.pods.start(POD['fraud-v1'], echo('1'));
  }, 30_000);
  afterAll(() => platform.stop());

  /** All requests are the canary's, so that each shows what becomes of one. */
  beforeEach(async () => {
    const until = new Date(Date.now() + 60_000).toISOString();
    platform.gateway.releases(
      listOf({ ...(fraud(['2', 100], ['1', 0]) as object), canary: { champion: '1', until } }),
    );
    await eventually(async () => (await platform.gateway.config()).models.fraud?.['2'] === 100, 2);
    await platform.pods.stop(POD['fraud-v2']);
  });

  const infer = (headers: Record<string, string> = {}) =>
    platform.gateway.ask('/v2/models/fraud/infer', { 'content-type': 'application/json', ...headers }, BODY);

  const counted = async () => {
    const families = parseExposition(await platform.gateway.metrics());
    const of = (name: string, key: string) => families.get(name)?.values.get(key);
    return {
      failed: of('gateway_requests_failed_before_retry_total', '{model="fraud",version="2"}'),
      championFailed: of('gateway_requests_failed_before_retry_total', '{model="fraud",version="1"}'),
      canary: of('gateway_request_duration_seconds', '_count{model="fraud",version="2"}'),
      champion: of('gateway_request_duration_seconds', '_count{model="fraud",version="1"}'),
    };
  };

  /** The requests before this one are counted. */
  const settled = () => sleep(100);

  /** nginx counts a request once its answer is sent. */
  const expectCounted = (wanted: Awaited<ReturnType<typeof counted>>) =>
    waitFor(async () => {
      expect(await counted()).toEqual(wanted);
    });

  it('is answered by the canary while that does', async () => {
    await platform.pods.start(POD['fraud-v2'], modelServer('fraud', '2'));
    await eventually(async () => (await infer()).headers['x-model-version'] === '2', 3);
    await settled();
    const before = await counted();
    expect((await infer()).json.model_version).toBe('2');
    await expectCounted({ ...before, canary: (before.canary ?? 0) + 1 });
  }, 20_000);

  it.each([
    ['cannot be reached', undefined],
    ['cuts the connection', (request: IncomingMessage) => request.socket.destroy()],
    [
      'answers 500',
      (_: IncomingMessage, response: ServerResponse) => {
        response.writeHead(500, { 'x-model-version': '2' }).end('{"error":"broken"}');
      },
    ],
    ['hangs', () => undefined],
  ] as const)(
    'is answered by the champion where the canary %s, whole, once, and counts against the canary alone',
    async (_, handler) => {
      if (handler !== undefined) await platform.pods.start(POD['fraud-v2'], handler);
      await settled();
      const before = await counted();
      const answer = await infer();
      expect([answer.status, answer.json]).toEqual([
        200,
        { model_version: '1', method: 'POST', isWhole: true },
      ]);
      expect(answer.headers['x-model-version']).toBe('1');
      await expectCounted({
        failed: (before.failed ?? 0) + 1,
        championFailed: before.championFailed,
        canary: (before.canary ?? 0) + 1,
        champion: before.champion,
      });
    },
    20_000,
  );

  it('gets the canary’s own refusal of bad input', async () => {
    await platform.pods.start(POD['fraud-v2'], (_, response) => {
      response.writeHead(400, { 'x-model-version': '2' }).end('{"error":"bad input"}');
    });
    const answer = await infer();
    expect([answer.status, answer.text]).toEqual([400, '{"error":"bad input"}']);
  }, 20_000);

  it('is not answered by the champion where the client asked for the canary', async () => {
    expect((await infer({ 'x-model-version': '2' })).status).toBe(502);
  }, 20_000);

  it('fails where the champion does, too', async () => {
    await platform.pods.stop(POD['fraud-v1']);
    const answer = await infer();
    expect(answer.status).toBe(502);
    expect(answer.json.error).toContain('the model');
    await platform.pods.start(POD['fraud-v1'], echo('1'));
  }, 20_000);
});
