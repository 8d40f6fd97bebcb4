import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { foreignHost, modelServer } from './support/pods';
import { fraud, listOf, nameOf, POD, startPlatform, type TestPlatform } from './support/platform';
import { eventually, type Answer } from '../../../studies/gateway/running-gateway';
import { describeWithNginx } from './support/when-nginx';

const SECOND = '127.0.0.32';
const EVERY_MS = 10;

/** A constant load on version 2; every answer that is neither its own nor a JSON error counts as foreign. */
function load({ gateway }: TestPlatform) {
  const answers: { at: number; status: number; foreign: boolean }[] = [];
  const open = new Set<Promise<void>>();
  const timer = setInterval(() => {
    const one = gateway
      .ask('/v2/models/fraud/infer', {}, '{}')
      .then((answer) => {
        answers.push({ at: performance.now(), status: answer.status, foreign: isForeign(answer) });
      })
      .finally(() => open.delete(one));
    open.add(one);
  }, EVERY_MS);
  return {
    answers,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(open);
    },
  };
}

function isForeign({ status, headers, text }: Answer): boolean {
  if (status !== 200)
    return !headers['content-type']?.includes('application/json') || !text.startsWith('{"error":');
  return headers['x-model-version'] !== '2' || !text.startsWith('{"model_name":"fraud","model_version":"2"');
}

describeWithNginx('the pods of a version', (program) => {
  let platform: TestPlatform;
  beforeEach(async () => {
    platform = await startPlatform(program, listOf(fraud(['2', 100], ['1', 0])));
  }, 30_000);
  afterEach(() => platform.stop());

  const infer = () => platform.gateway.ask('/v2/models/fraud/infer', {}, '{}');

  it('are found within 2 s at a new address, and nothing from the old one is passed on', async () => {
    const { gateway, names, pods } = platform;
    const running = load(platform);
    await sleep(300);
    let lastForeign = 0;
    await pods.start(SECOND, modelServer('fraud', '2'));
    await pods.stop(POD['fraud-v2']);
    await pods.start(
      POD['fraud-v2'],
      foreignHost(() => (lastForeign = performance.now())),
    );
    const moved = performance.now();
    names.addresses.set(nameOf('fraud-v2'), [SECOND]);
    await sleep(3000);
    await running.stop();
    expect(lastForeign - moved).toBeGreaterThan(0);
    expect(lastForeign - moved).toBeLessThan(2000);
    expect(running.answers.filter(({ foreign }) => foreign)).toEqual([]);
    const late = running.answers.filter(({ at }) => at - moved > 2000);
    expect(late.length).toBeGreaterThan(20);
    expect(new Set(late.map(({ status }) => status))).toEqual(new Set([200]));
    expect(gateway.log).toContain('is no pod of fraud-v2: its answer is dropped');
  }, 30_000);

  it.each([
    ['its name is gone', undefined],
    ['no pod is ready', []],
  ])(
    '%s: 503 at once, and well again within 2 s of their return',
    async (_, none) => {
      const { names } = platform;
      if (none === undefined) names.addresses.delete(nameOf('fraud-v2'));
      else names.addresses.set(nameOf('fraud-v2'), none);
      await eventually(async () => (await infer()).status === 503, 3);
      const started = performance.now();
      const refused = await infer();
      expect(performance.now() - started).toBeLessThan(500);
      expect(refused.json).toEqual({ error: 'the model has no pod that is ready; see mlops status' });
      names.addresses.set(nameOf('fraud-v2'), [POD['fraud-v2']]);
      expect(await eventually(async () => (await infer()).status === 200, 3)).toBeLessThan(2.2);
    },
    30_000,
  );

  it('keep their addresses while the name server does not answer', async () => {
    platform.names.silent = true;
    await sleep(4000);
    expect((await infer()).status).toBe(200);
    platform.names.silent = false;
  }, 30_000);

  it('need not exist when the gateway starts', async () => {
    const { gateway, names } = platform;
    await gateway.stop();
    names.addresses.delete(nameOf('churn-eu-v7'));
    await gateway.start('renders what is recorded');
    await eventually(async () => (await infer()).status === 200, 3);
    expect((await gateway.ask('/v2/models/churn-eu/infer', {}, '{}')).status).toBe(503);
    names.addresses.set(nameOf('churn-eu-v7'), [POD['churn-eu-v7']]);
    await eventually(
      async () => (await gateway.ask('/v2/models/churn-eu/infer', {}, '{}')).status === 200,
      3,
    );
  }, 30_000);

  it('share requests, and one that refuses loses none', async () => {
    const { names, pods } = platform;
    let second = 0;
    await pods.start(SECOND, (request, response) => {
      second += 1;
      modelServer('fraud', '2')(request, response);
    });
    names.addresses.set(nameOf('fraud-v2'), [POD['fraud-v2'], SECOND]);
    await eventually(async () => (await infer()).status === 200 && second > 0, 2.2);
    second = 0;
    for (let sent = 0; sent < 40; sent += 1) await infer();
    expect(second).toBeGreaterThan(10);
    expect(second).toBeLessThan(30);
    await pods.stop(SECOND);
    const answers = await Promise.all(Array.from({ length: 40 }, infer));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  }, 30_000);

  it('are retried once if the only one cuts a connection', async () => {
    const { pods } = platform;
    await pods.stop(POD['fraud-v2']);
    let tries = 0;
    await pods.start(POD['fraud-v2'], (request, response) => {
      tries += 1;
      if (tries % 2 === 1) request.socket.resetAndDestroy();
      else modelServer('fraud', '2')(request, response);
    });
    expect((await infer()).status).toBe(200);
    expect(tries).toBe(2);
  }, 30_000);

  it.each([
    ['another pod came', [POD['fraud-v2'], SECOND]],
    ['it has left the list', [SECOND]],
  ])(
    'that die with a request lose none after %s',
    async (_, later) => {
      const { names, pods } = platform;
      await pods.stop(POD['fraud-v2']);
      const asked = new Promise<void>((resolve) => {
        void pods.start(POD['fraud-v2'], () => {
          resolve();
        });
      });
      await pods.start(SECOND, modelServer('fraud', '2'));
      const answer = infer();
      await asked;
      names.addresses.set(nameOf('fraud-v2'), later);
      // nginx has asked again.
      await sleep(2500);
      await pods.stop(POD['fraud-v2']);
      expect((await answer).status).toBe(200);
    },
    30_000,
  );

  it('answer 502 as JSON when they refuse connections', async () => {
    await platform.pods.stop(POD['fraud-v2']);
    const answer = await infer();
    expect([answer.status, answer.json]).toEqual([
      502,
      { error: "the model's pods do not answer; see mlops status" },
    ]);
  }, 30_000);

  it('that turn out to be another version or a foreign host have their answer replaced, and the connection stays usable', async () => {
    const { gateway, pods } = platform;
    const kept = new Agent({ keepAlive: true, maxSockets: 1 });
    const onKept = (version: string) =>
      gateway.ask('/v2/models/fraud/infer', { 'x-model-version': version }, '{}', 'POST', kept);
    for (const impostor of [foreignHost(() => undefined), modelServer('fraud', '1')]) {
      await pods.stop(POD['fraud-v2']);
      await pods.start(POD['fraud-v2'], impostor);
      const answer = await onKept('2');
      expect(answer.status).toBe(502);
      expect(answer.json).toEqual({
        error: 'the answer did not come from the model; send the request again, or see mlops status',
      });
      expect(Object.keys(answer.headers).sort()).toEqual([
        'connection',
        'content-type',
        'date',
        'server',
        'transfer-encoding',
        'x-request-id',
      ]);
      expect((await onKept('1')).json.model_version).toBe('1');
    }
    kept.destroy();
  }, 30_000);

  it('pass on long answers unchanged', async () => {
    const { pods } = platform;
    await pods.stop(POD['fraud-v2']);
    const long = JSON.stringify({ data: Array.from({ length: 300_000 }, (_, index) => index) });
    await pods.start(POD['fraud-v2'], (request, response) => {
      request.resume();
      response.setHeader('x-model-version', '2');
      response.write(long.slice(0, 1_000_000));
      setTimeout(() => response.end(long.slice(1_000_000)), 200);
    });
    expect((await infer()).text === long).toBe(true);
  }, 30_000);
});
