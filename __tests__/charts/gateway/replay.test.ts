import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { REPLAY_HEADER } from '../../../contracts/canary';
import { parseExposition } from './support/exposition';
import { fraud, listOf, POD, startPlatform, type TestPlatform } from './support/platform';
import { eventually } from '../../../studies/gateway/running-gateway';
import { describeWithNginx } from './support/when-nginx';

/** Tells whether it was asked to keep the request out of the log. */
function tells(version: string) {
  return (request: IncomingMessage, response: ServerResponse) => {
    request.resume();
    response.setHeader('x-model-version', version);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ model_version: version, replay: request.headers[REPLAY_HEADER] ?? null }));
  };
}

describeWithNginx('a request that replays logged rows', (program) => {
  let platform: TestPlatform;

  beforeAll(async () => {
    platform = await startPlatform(program, listOf(fraud(['2', 0], ['1', 100])));
    for (const version of ['1', '2'] as const) {
      await platform.pods.stop(POD[`fraud-v${version}`]);
      await platform.pods.start(POD[`fraud-v${version}`], tells(version));
    }
    const last = async () => (await ask({ 'x-model-version': '2' })).headers['x-model-version'] === '2';
    await eventually(last, 5);
  }, 30_000);
  afterAll(() => platform.stop());

  const ask = (headers: Record<string, string>) =>
    platform.gateway.ask(
      '/v1/models/fraud/predict',
      { 'content-type': 'application/json', ...headers },
      '{"records":[{}]}',
    );

  const counted = async (version: string) =>
    parseExposition(await platform.gateway.metrics())
      .get('gateway_request_duration_seconds')
      ?.values.get(`_count{model="fraud",version="${version}"}`) ?? 0;

  it('reaches a version without traffic as one, and is not counted', async () => {
    await sleep(100);
    const before = await counted('2');
    const { json } = await ask({ 'x-model-version': '2', [REPLAY_HEADER]: '1' });
    expect(json).toEqual({ model_version: '2', replay: '1' });
    await ask({ 'x-model-version': '2' });
    await sleep(100);
    expect(await counted('2')).toBe(before + 1);
  });

  it.each<[string, Record<string, string>]>([
    ['a version with traffic', { 'x-model-version': '1' }],
    ['no version', {}],
  ])('of a client that asks for %s is one like any other: logged, and counted', async (_, headers) => {
    await sleep(100);
    const before = await counted('1');
    const { json } = await ask({ ...headers, [REPLAY_HEADER]: '1' });
    expect(json).toEqual({ model_version: '1', replay: null });
    await sleep(100);
    expect(await counted('1')).toBe(before + 1);
  });
});
