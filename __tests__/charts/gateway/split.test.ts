import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fraud, listOf, startPlatform, type TestPlatform } from './support/platform';
import { eventually } from '../../../studies/gateway/running-gateway';
import { describeWithNginx } from './support/when-nginx';

const REQUESTS = 1000;

describeWithNginx('the split of requests', (program) => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await startPlatform(program, listOf(fraud(['2', 10], ['1', 90])));
  }, 30_000);
  afterAll(() => platform.stop());

  const inForce = async (wanted: Record<string, number>) =>
    eventually(async () => {
      const { models } = await platform.gateway.config();
      return JSON.stringify(models.fraud) === JSON.stringify(wanted);
    }, 2);

  async function versionsOf(count: number): Promise<Map<string, unknown>> {
    const answers = new Map<string, unknown>();
    const ids = Array.from({ length: count }, (_, index) => `split-${index}`);
    for (let at = 0; at < count; at += 50) {
      await Promise.all(
        ids.slice(at, at + 50).map(async (id) => {
          answers.set(id, await platform.gateway.version({ 'x-request-id': id }));
        }),
      );
    }
    return answers;
  }

  const share = (answers: Map<string, unknown>, version: string) =>
    [...answers.values()].filter((answered) => answered === version).length / answers.size;

  it('follows the weights, sticks to a request id, and a growing share keeps its requests', async () => {
    await inForce({ '1': 90, '2': 10 });
    const first = await versionsOf(REQUESTS);
    // Four standard deviations of a binomial share.
    const tolerance = 4 * Math.sqrt((0.1 * 0.9) / REQUESTS);
    expect(Math.abs(share(first, '2') - 0.1)).toBeLessThan(tolerance);
    expect(share(first, '1') + share(first, '2')).toBe(1);
    expect(await versionsOf(200)).toEqual(new Map([...first].slice(0, 200)));

    platform.gateway.releases(listOf(fraud(['2', 40], ['1', 60])));
    await inForce({ '1': 60, '2': 40 });
    const second = await versionsOf(REQUESTS);
    expect(Math.abs(share(second, '2') - 0.4)).toBeLessThan(4 * Math.sqrt((0.4 * 0.6) / REQUESTS));
    const left = [...first].filter(([id, version]) => version === '2' && second.get(id) !== '2');
    expect(left).toEqual([]);
  }, 60_000);

  it('generates ids for requests without one and splits them too', async () => {
    platform.gateway.releases(listOf(fraud(['2', 50], ['1', 50])));
    await inForce({ '1': 50, '2': 50 });
    const answers = await Promise.all(Array.from({ length: 100 }, () => platform.gateway.version()));
    expect(new Set(answers)).toEqual(new Set(['1', '2']));
  }, 20_000);

  it('applies a changed list within a second, without a reload', async () => {
    platform.gateway.releases(listOf(fraud(['2', 0], ['1', 100])));
    await inForce({ '1': 100, '2': 0 });
    const { hash } = await platform.gateway.config();
    platform.gateway.releases(listOf(fraud(['2', 100], ['1', 0])));
    expect(await inForce({ '1': 0, '2': 100 })).toBeLessThan(1);
    expect((await platform.gateway.config()).hash).toBe(hash);
    expect(platform.gateway.log).not.toContain('reloaded configuration');
    expect(await platform.gateway.version()).toBe('2');
  }, 20_000);

  it('sends a request to the version it asks for, whatever the weights', async () => {
    platform.gateway.releases(listOf(fraud(['2', 100], ['1', 0])));
    await inForce({ '1': 0, '2': 100 });
    expect(await platform.gateway.version({ 'x-model-version': '1' })).toBe('1');
    const byPath = await platform.gateway.ask('/v2/models/fraud/versions/1/infer', {}, '{}');
    expect(byPath.json.model_version).toBe('1');
    const unknown = await platform.gateway.ask('/v2/models/fraud/infer', { 'x-model-version': '9' }, '{}');
    expect(unknown.status).toBe(404);
    expect(unknown.json).toEqual({
      error:
        'this version of model fraud does not run; running: 1, 2; ask for one of them or leave out the version',
      model: 'fraud',
      running: ['1', '2'],
    });
    expect((await platform.gateway.ask('/v2/models/fraud/versions/9')).status).toBe(404);
    expect((await platform.gateway.ask('/v2/models/fraud/versions')).status).toBe(404);
  }, 20_000);

  it('sends all requests to the champion once nobody renews the lease of a canary', async () => {
    const canary = (milliseconds: number) => ({
      champion: '1',
      until: new Date(Date.now() + milliseconds).toISOString(),
    });
    const split = fraud(['2', 50], ['1', 50]) as object;
    platform.gateway.releases(listOf({ ...split, canary: canary(1_500) }));
    await inForce({ '1': 50, '2': 50 });
    platform.gateway.releases(listOf({ ...split, canary: canary(2_500) }));
    await sleep(1_700);
    expect((await platform.gateway.config()).models.fraud).toEqual({ '1': 50, '2': 50 });
    expect(await inForce({ '1': 100, '2': 0 })).toBeLessThan(2);
    expect(share(await versionsOf(200), '1')).toBe(1);
    expect(platform.gateway.log).not.toContain('reloaded configuration');
  }, 20_000);

  describe('a list that breaks a rule', () => {
    it.each([
      ['no JSON', '{"schema":1,', '*', 'it is not JSON'],
      ['another schema', { schema: 2, models: {} }, '*', 'its schema is not 1'],
      ['no list', undefined, '*', 'it does not exist yet'],
      ['60 %', listOf(fraud(['2', 60])), 'fraud', 'the weights add up to 60, expected 100 or 0'],
      ['a version twice', listOf(fraud(['2', 50], ['2', 50])), 'fraud', 'version 2 is listed twice'],
      [
        'half percents',
        listOf(fraud(['2', 99.5], ['1', 0.5])),
        'fraud',
        'the weight of version 2 is not an integer from 0 to 100',
      ],
      [
        'no upstream',
        listOf(fraud(['3', 100], ['2', 0])),
        'fraud',
        'version 3 has a weight but no upstream yet',
      ],
    ])(
      '%s: the last good weights stay, and it is said once',
      async (_, list, key, why) => {
        const good = { '1': 30, '2': 70 };
        platform.gateway.releases(listOf(fraud(['2', 70], ['1', 30])));
        await inForce(good);
        const before = platform.gateway.log.split(`${why};`).length;
        platform.gateway.releases(list);
        await eventually(async () => (await platform.gateway.config()).refused[key] === why, 2);
        // Several looks at the same list.
        await sleep(700);
        const config = await platform.gateway.config();
        expect(config.models).toEqual({ fraud: good, 'churn-eu': { '7': 100 } });
        expect(config.refused).toEqual({ [key]: why });
        expect(platform.gateway.log.split(`${why};`).length - before).toBe(1);
        expect((await platform.gateway.ask('/v2/models/fraud/infer', {}, '{}')).status).toBe(200);
      },
      20_000,
    );

    it('does not stop changes to other models', async () => {
      const off = { versions: [{ version: '7', weight: 0, image: 'i' }] };
      platform.gateway.releases({ schema: 1, models: { fraud: fraud(['2', 60]), 'churn-eu': off } });
      await eventually(async () => (await platform.gateway.config()).models['churn-eu']?.['7'] === 0, 2);
      const answer = await platform.gateway.ask('/v2/models/churn-eu/infer', {}, '{}');
      expect(answer.status).toBe(503);
      expect(answer.json.error).toBe(
        'no version of model churn-eu takes requests yet; wait for its deployment, or run: mlops deploy churn-eu@VERSION',
      );
    }, 20_000);

    it('has no last good weights after a restart: 503 says so, and a valid list fixes it', async () => {
      platform.gateway.releases('{"schema":1,');
      await platform.gateway.stop();
      await platform.gateway.start('renders what is recorded');
      const answer = await platform.gateway.ask('/v2/models/fraud/infer', {}, '{}');
      expect(answer.status).toBe(503);
      expect(answer.json.error).toBe(
        'no version of model fraud takes requests: the release list is not in force, it is not JSON; run mlops status',
      );
      expect((await platform.gateway.ask('/v2/health/ready')).status).toBe(503);
      platform.gateway.releases(listOf(fraud(['2', 100])));
      await inForce({ '1': 0, '2': 100 });
      await eventually(async () => (await platform.gateway.version()) === '2', 3);
    }, 30_000);
  });
});

describeWithNginx('a version that comes', (program) => {
  it('takes requests once its upstream is there, on kept-alive connections too', async () => {
    const platform = await startPlatform(program, listOf(fraud(['2', 100])), 'renders a single version');
    try {
      const { gateway } = platform;
      const { hash, models } = await gateway.config();
      expect(models).toEqual({ fraud: { '2': 100 } });
      // The list first: it waits for the upstream.
      gateway.releases(listOf(fraud(['1', 100], ['2', 0])));
      await eventually(async () => 'fraud' in (await gateway.config()).refused, 2);
      expect(await gateway.version()).toBe('2');
      const kept = new Agent({ keepAlive: true, maxSockets: 1 });
      const onKept = () => gateway.ask('/v2/models/fraud/infer', {}, '{}', 'POST', kept);
      expect((await onKept()).status).toBe(200);
      gateway.configure('renders what is recorded');
      await eventually(async () => (await gateway.config()).hash !== hash, 5);
      await eventually(async () => (await gateway.config()).models.fraud?.['1'] === 100, 1);
      expect((await gateway.config()).refused).toEqual({});
      // Where the old process still holds it, that one knows weights of a version that it has no upstream for.
      const last = await onKept();
      expect(last.status).toBe(200);
      expect(['1', '2']).toContain(last.json.model_version);
      kept.destroy();
      await eventually(async () => (await gateway.version()) === '1', 3);
    } finally {
      await platform.stop();
    }
  }, 30_000);

  it('keeps its weight while the old process, which lacks its upstream, shuts down', async () => {
    const platform = await startPlatform(program, listOf(fraud(['2', 100])), 'renders a single version');
    const { gateway } = platform;
    const weights = async () => (await gateway.config()).models.fraud;
    try {
      // What the old process does in between is a matter of milliseconds.
      for (let round = 0; round < 4; round += 1) {
        gateway.releases(listOf(fraud(['1', 100], ['2', 0])));
        await eventually(async () => 'fraud' in (await gateway.config()).refused, 2);
        gateway.configure('renders what is recorded');
        await eventually(async () => (await weights())?.['1'] === 100, 5);
        for (const end = performance.now() + 400; performance.now() < end;) {
          const { models, refused } = await gateway.config();
          expect({ weights: models.fraud, refused }).toEqual({ weights: { '1': 100, '2': 0 }, refused: {} });
        }
        gateway.releases(listOf(fraud(['2', 100])));
        await eventually(async () => (await weights())?.['2'] === 100, 2);
        gateway.configure('renders a single version');
        await eventually(async () => Object.keys((await weights()) ?? {}).length === 1, 5);
      }
    } finally {
      await platform.stop();
    }
  }, 30_000);
});
