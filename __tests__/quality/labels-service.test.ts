import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';

import { LABELS_LIMIT } from '../../contracts/labels';
import type { Label } from '../../contracts/labels';
import { createApp } from '../../quality/src/app';
import { MOST_WAITING } from '../../quality/src/exporter/report';
import type { Report } from '../../quality/src/exporter/report';

const TOKEN = 'a-token-of-the-test';
const PATH = '/v1/models/fraud/labels';
const good = { prediction_id: 'r-1', label: 1, source: 'chargeback' };

function service({ waiting = 0, fails = false } = {}) {
  const stored: { model: string; labels: readonly Label[] }[] = [];
  const report: Report = { quality: [], outcomes: [], delays: [], newestLabels: [], waiting };
  const app = createApp({
    registry: new Registry(),
    models: [{ name: 'fraud', labelDays: 7, gates: {} }],
    token: TOKEN,
    report: () => report,
    store: (model, labels) => {
      if (fails) return Promise.reject(new Error('postgres://quality:secret@… refused'));
      stored.push({ model, labels });
      return Promise.resolve('1-2-3');
    },
    outcomes: (_, receipt) =>
      Promise.resolve(receipt === '1-2-3' ? { outcomes: { joined: 1, unknown: 1 } } : undefined),
    log: false,
  });
  const post = async (payload: unknown, { path = PATH, authorization = `Bearer ${TOKEN}` } = {}) => {
    const response = await app.inject({
      method: 'POST',
      url: path,
      headers: { authorization, 'content-type': 'application/json' },
      payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
    });
    return { status: response.statusCode, body: response.json<unknown>(), headers: response.headers };
  };
  return { app, post, stored };
}

describe('the labels service', () => {
  it('stores labels in their order', async () => {
    const { post, stored } = service();
    const second = { ...good, label: false, row: 3, predicted_at: '2026-03-01T12:00:00Z' };
    expect(await post({ labels: [good, second] })).toMatchObject({
      status: 202,
      body: { accepted: 2, receipt: '1-2-3' },
    });
    expect(stored).toEqual([
      {
        model: 'fraud',
        labels: [
          { prediction_id: 'r-1', label: true, source: 'chargeback' },
          {
            prediction_id: 'r-1',
            label: false,
            source: 'chargeback',
            row: 3,
            predicted_at: '2026-03-01T12:00:00Z',
          },
        ],
      },
    ]);
  });

  it.each(['', 'Bearer another', TOKEN, 'Basic YTpi'])(
    'refuses a caller with "%s"',
    async (authorization) => {
      const { post, stored } = service();
      const { status, headers } = await post({ labels: [good] }, { authorization });
      expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer']);
      expect(stored).toEqual([]);
    },
  );

  it('refuses a model that it does not know', async () => {
    const { post } = service();
    const { status, body } = await post({ labels: [good] }, { path: '/v1/models/churn/labels' });
    expect(status).toBe(404);
    expect(body).toMatchInlineSnapshot(`
     {
       "error": {
         "expected": "one of: fraud",
         "fix": "Correct the name, or add the model to platform.yaml.",
         "got": "churn",
         "what": "no such model",
       },
     }
    `);
  });

  it.each([
    ['prediction_id', ''],
    ['prediction_id', 'two words'],
    ['prediction_id', 'nul\u0000'],
    ['prediction_id', 17],
    ['prediction_id', 'x'.repeat(201)],
    ['row', -1],
    ['row', 1.5],
    ['row', 2 ** 31],
    ['row', '1'],
    ['label', 2],
    ['label', '1'],
    ['label', null],
    ['source', 'Charge Back'],
    ['source', undefined],
    ['predicted_at', '2026-03-01'],
    ['predicted_at', '2026-03-01T12:00:00'],
    ['predicted_at', '2026-13-01T12:00:00Z'],
    ['predicted_at', 1_772_366_400],
    ['colour', 'red'],
  ])('refuses a label with %s of %j, and stores none of the request', async (field, value) => {
    const { post, stored } = service();
    const { status, body } = await post({ labels: [good, { ...good, [field]: value }] });
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { what: `labels[1].${field} cannot be used` } });
    expect(stored).toEqual([]);
  });

  it('says what is wrong with a label', async () => {
    expect((await service().post({ labels: [{ ...good, label: 'fraud' }] })).body).toMatchInlineSnapshot(`
     {
       "error": {
         "expected": "0, 1, true or false",
         "fix": "Correct it and send all again: none of this request was stored.",
         "got": ""fraud"",
         "what": "labels[0].label cannot be used",
       },
     }
    `);
  });

  it.each([[[]], [{}], [{ labels: [] }], [{ labels: {} }], [null], ['no JSON']])(
    'refuses the body %j',
    async (body) => {
      expect((await service().post(body)).status).toBe(400);
    },
  );

  it('takes a full request, and no more', async () => {
    const { post } = service();
    const many = Array.from({ length: LABELS_LIMIT.labels }, () => good);
    expect((await post({ labels: many })).status).toBe(202);
    expect((await post({ labels: [...many, good] })).status).toBe(400);
    expect((await post({ labels: [{ ...good, padding: 'x'.repeat(LABELS_LIMIT.bytes) }] })).status).toBe(413);
  });

  it('asks to retry while the database does not answer, and reveals nothing about it', async () => {
    const { status, body, headers } = await service({ fails: true }).post({ labels: [good] });
    expect([status, headers['retry-after']]).toEqual([503, '10']);
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  it('asks to retry while too many labels wait', async () => {
    const { post, stored } = service({ waiting: MOST_WAITING });
    expect((await post({ labels: [good] })).status).toBe(503);
    expect(stored).toEqual([]);
  });

  it("says what became of a receipt's labels, to those who may send labels", async () => {
    const { app } = service();
    const ask = async (receipt: string, authorization = `Bearer ${TOKEN}`) => {
      const { statusCode, json } = await app.inject({
        url: `${PATH}/${receipt}`,
        headers: { authorization },
      });
      return [statusCode, json<unknown>()];
    };
    expect(await ask('1-2-3')).toEqual([200, { outcomes: { joined: 1, unknown: 1 } }]);
    expect(await ask('4-5-6')).toMatchObject([404, { error: { what: 'no labels of this receipt' } }]);
    expect((await ask('1-2-3', 'Bearer another'))[0]).toBe(401);
  });

  it('says that there is not enough evidence where no version was judged', async () => {
    const { app } = service();
    const response = await app.inject('/v1/models/fraud/quality');
    expect(response.json()).toEqual({ model: 'fraud', state: 'not enough evidence', versions: [] });
  });
});
