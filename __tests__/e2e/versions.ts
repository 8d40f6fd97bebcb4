import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectAgreementOn, predict } from './support/agreement';
import { constantLoad, type ConstantLoad } from './support/constant-load';
import { exampleRequest, gateway, mlopsJson, mlopsSucceeds } from './support/platform';
import { MEASURED_BY, record } from '../../studies/recorder/platform-up';
import { expectThat } from '../support/expect-that';
import { quantile } from '../support/quantile';

/** Requests per second, half of them on new connections. */
const RATE = 60;
const ROLLBACKS = 10;

interface Status {
  readonly models: readonly {
    serving: string;
    champion: string;
    standby: readonly string[];
    rollbackTo: string;
  }[];
}

/** Train, deploy and roll back under a constant load that must not notice. */
export function versions(): void {
  describe('a version', () => {
    let load: ConstantLoad;
    const rollbackSeconds: number[] = [];

    beforeAll(async () => {
      load = await constantLoad(`${gateway}/v2/models/fraud/infer`, exampleRequest, RATE);
    });

    afterAll(async () => {
      const summary = await load.stop();
      process.stdout.write(`\n  load: ${JSON.stringify(summary, null, 2)}\n`);
      process.stdout.write(
        `  rollback seconds, command to last old answer: ${rollbackSeconds.map((s) => s.toFixed(1)).join(', ')}\n`,
      );
      const p95 = quantile(rollbackSeconds, 0.95);
      record({ rollback_p95_s: p95, failed_requests: summary.failed, requests: summary.sent }, MEASURED_BY);
    });

    it('is trained while the platform serves', async () => {
      const result = await mlopsJson<{ version: string; image: string }>(['train', 'fraud']);
      expect(result.version).toBe('2');
      expect(result.image).toMatch(/^registry\.mlops:5000\/models\/fraud@sha256:[0-9a-f]{64}$/);
      expect(await predict()).toMatchObject({ version: '1' });
    });

    it('is deployed beside the former one, and everything agrees', async () => {
      await mlopsSucceeds(['deploy', 'fraud@2']);
      await expectAgreementOn('2');
      const { models } = await mlopsJson<Status>(['status']);
      expect(models[0]).toMatchObject({ serving: '2', champion: '2', standby: ['1'], rollbackTo: '1' });
    });

    it('answers when addressed directly, whichever version has the traffic', async () => {
      expect(await predict({ 'x-model-version': '1' })).toMatchObject({ status: 200, version: '1' });
      expect(await predict({ 'x-model-version': '99' })).toMatchObject({ status: 404 });
    });

    it('is rolled back, again and again, and everything agrees', async () => {
      for (let round = 0; round < ROLLBACKS; round += 1) {
        const started = Date.now();
        await mlopsSucceeds(['rollback', 'fraud']);
        await sleep(1500);
        const lastOld = load.lastAnswerOf('2');
        expectThat(lastOld, 'version 2 answered before').toBeDefined();
        rollbackSeconds.push(((lastOld ?? 0) - started) / 1000);
        if (round === 0) await expectAgreementOn('1');
        if (round < ROLLBACKS - 1) await mlopsSucceeds(['deploy', 'fraud@2']);
      }
      await expectAgreementOn('1');
    });

    it('leaves a history of who did what', async () => {
      const entries = await mlopsJson<{ action: string; version: string; from: string | null }[]>([
        'history',
        'fraud',
      ]);
      expect(entries.slice(0, 3).map(({ action, version, from }) => [action, version, from])).toEqual([
        ['deploy', '1', null],
        ['deploy', '2', '1'],
        ['rollback', '1', '2'],
      ]);
    });

    it('costs no request, however often another one takes over', async () => {
      const summary = await load.stop();
      expect(summary.failures).toEqual([]);
      expect(summary.failed).toBe(0);
      expect(summary.sent).toBeGreaterThan(1000);
      expect(Object.keys(summary.versions).sort()).toEqual(['1', '2']);
    });
  });
}
