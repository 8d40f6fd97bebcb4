import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { LabelsService } from '../../../cli/src/labels/labels-service';
import { LateLabels } from '../../../cli/src/traffic/late-labels';
import { LABELS_LIMIT, type Label } from '../../../contracts/labels';
import { createApp } from '../../../quality/src/app';

const PASSWORD = 'a-password-of-the-test';
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Late labels of the real labels service, over a store in memory. */
async function start(password = PASSWORD) {
  const stored: (readonly Label[])[] = [];
  const app = createApp({
    registry: new Registry(),
    models: [{ name: 'fraud', labelDays: 7, gates: {} }],
    token: PASSWORD,
    report: () => undefined,
    store: (_, labels) => {
      stored.push(labels);
      return Promise.resolve(`${stored.length}-1-1`);
    },
    outcomes: () => Promise.resolve({ outcomes: {} }),
    log: false,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  closing.push(() => app.close());
  const address = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const { signal } = new AbortController();
  const service = new LabelsService({ address, password, model: 'fraud', signal, pauseSeconds: 0.001 });
  return { stored, late: new LateLabels(1_000, async (labels) => (await service.send(labels)).accepted) };
}

const PREDICTED = new Date('2026-03-01T12:00:00.250Z');

describe('late labels', () => {
  it('are what the labels service takes', async () => {
    const { stored, late } = await start();
    late.add(0, PREDICTED, '0f8fad5b-d9cd-469f-a165-70867728950e', true);
    late.add(500, PREDICTED, 'p-2', false);
    late.sendDue(1_200);
    await late.settled();
    expect(stored).toEqual([
      [
        {
          prediction_id: '0f8fad5b-d9cd-469f-a165-70867728950e',
          label: true,
          source: 'replay',
          predicted_at: '2026-03-01T12:00:00.250Z',
        },
      ],
    ]);
    expect(late.counts()).toEqual({ sent: 1, accepted: 1, failed: 0, notDue: 1 });
  });

  it('are sent in as many requests as the service wants', async () => {
    const { stored, late } = await start();
    for (let index = 0; index <= LABELS_LIMIT.labels; index += 1)
      late.add(0, PREDICTED, `00000000-d9cd-469f-a165-${String(index).padStart(12, '0')}`, false);
    late.sendDue(2_000);
    await late.settled();
    expect(stored.map((batch) => batch.length)).toEqual([LABELS_LIMIT.labels, 1]);
    expect(late.counts().accepted).toBe(LABELS_LIMIT.labels + 1);
  });

  it('that the service refuses are counted with the reason', async () => {
    const { stored, late } = await start('another-password-of-them');
    late.add(0, PREDICTED, 'p-1', true);
    late.sendDue(2_000);
    await late.settled();
    expect(stored).toEqual([]);
    expect(late.counts()).toMatchObject({ sent: 1, accepted: 0, failed: 1 });
    expect(late.counts().reason).toContain('does not accept the password');
  });
});
