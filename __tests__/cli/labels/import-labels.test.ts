import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Registry } from 'prom-client';
import { describeImport, importLabels } from '../../../cli/src/labels/import-labels';
import { LabelsService } from '../../../cli/src/labels/labels-service';
import type { LabelLine } from '../../../cli/src/labels/read-labels';
import { LABELS_LIMIT, type Label, type LabelOutcomes } from '../../../contracts/labels';
import { createApp } from '../../../quality/src/app';

// Thousands of labels, while everything else runs beside it.
jest.setTimeout(30_000);
const PASSWORD = 'a-password-of-the-test';

interface Service {
  /** Fails these calls of the store, counted from 1. */
  readonly failing?: readonly number[];
  /** What becomes of every receipt, one answer after another; the last one stays. */
  readonly outcomes?: readonly LabelOutcomes['outcomes'][];
}

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** The real labels service, over a store in memory. */
async function start({ failing = [], outcomes = [{ joined: 1 }] }: Service = {}) {
  const stored: (readonly Label[])[] = [];
  let calls = 0;
  let asked = 0;
  const app = createApp({
    registry: new Registry(),
    models: [{ name: 'fraud', labelDays: 7, gates: {} }],
    token: PASSWORD,
    report: () => undefined,
    store: (_, labels) => {
      calls += 1;
      if (failing.includes(calls)) return Promise.reject(new Error('no database'));
      stored.push(labels);
      return Promise.resolve(`${stored.length}-1-1`);
    },
    outcomes: () => {
      const answer = outcomes[Math.min(asked++, outcomes.length - 1)];
      return answer === undefined
        ? Promise.reject(new Error('no database'))
        : Promise.resolve({ outcomes: answer });
    },
    log: false,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  closing.push(() => app.close());
  return { stored, address: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}` };
}

function run(address: string, lines: readonly LabelLine[], { password = PASSWORD, model = 'fraud' } = {}) {
  const { signal } = new AbortController();
  return importLabels({
    service: new LabelsService({ address, password, model, signal, pauseSeconds: 0.001 }),
    lines: (async function* () {
      await Promise.resolve();
      yield* lines;
    })(),
    report: () => undefined,
    signal,
    patienceSeconds: 10,
  });
}

const labels = (count: number, id = 'r'): LabelLine[] =>
  Array.from({ length: count }, (_, index) => ({
    line: index + 2,
    label: { prediction_id: `${id}-${index}`, label: index % 2 === 0, source: 'chargeback' },
  }));

describe('an import', () => {
  it('sends labels in order, in as few requests as the service allows', async () => {
    const { stored, address } = await start();
    const lines = labels(LABELS_LIMIT.labels + 1);
    expect(await run(address, lines)).toMatchObject({ stored: LABELS_LIMIT.labels + 1, refused: 0 });
    expect(stored.map((batch) => batch.length)).toEqual([LABELS_LIMIT.labels, 1]);
    expect(stored.flat().map((label) => label.prediction_id)).toEqual(
      lines.map((line) => ('label' in line ? line.label.prediction_id : '')),
    );
  });

  it('sends no more bytes at once than the service allows', async () => {
    const { stored, address } = await start();
    // As long as ids may be, of letters that JSON writes as two.
    const prediction_id = '"'.repeat(200);
    const lines = labels(LABELS_LIMIT.labels).map(({ line }) => ({
      line,
      label: {
        prediction_id,
        label: true,
        source: 'chargeback',
        predicted_at: '2026-03-01T12:00:00.000000001+00:00',
      },
    }));
    expect((await run(address, lines)).stored).toBe(LABELS_LIMIT.labels);
    expect(stored).toHaveLength(2);
    for (const batch of stored)
      expect(Buffer.byteLength(JSON.stringify({ labels: batch }))).toBeLessThanOrEqual(LABELS_LIMIT.bytes);
  });

  it('stores usable labels and names the other lines', async () => {
    const { address } = await start();
    const problem = { field: 'label', got: '"yes"', expected: '0, 1, true or false' };
    const wrong = Array.from({ length: 25 }, (_, index) => ({ line: index + 10, problem }));
    const result = await run(address, [...labels(2), ...wrong]);
    expect(result).toMatchObject({ stored: 2, refused: 25 });
    expect(result.problems).toHaveLength(20);
    expect(result.problems[0]).toBe('line 10: label is "yes", expected 0, 1, true or false');
    expect(describeImport('fraud', result)).toContain('25 lines refused, not stored');
    expect(describeImport('fraud', result)).toContain('… and 5 more');
  });

  it('waits until labels are joined and reports the outcome', async () => {
    const { address } = await start({
      outcomes: [{ waiting: 5 }, { joined: 1, duplicate: 1, contradicting: 1, unknown: 1, future: 1 }],
    });
    const result = await run(address, labels(5));
    expect(describeImport('fraud', result)).toMatchInlineSnapshot(`
     "fraud: 5 labels stored
                1  new, joined with their predictions
                1  known already
                1  contradict an earlier label, and win
                1  without a known prediction: looked for again for 30 days
                1  not counted: of predictions in the future; check the clock of who labels"
    `);
  }, 20_000);

  it('resends a batch that the service could not store', async () => {
    const { stored, address } = await start({ failing: [1, 2] });
    expect((await run(address, labels(3))).stored).toBe(3);
    expect(stored).toHaveLength(1);
  });

  it('says on failure what is stored and how to continue', async () => {
    const { stored, address } = await start({ failing: [2, 3, 4, 5, 6] });
    const { message } = (await run(address, labels(LABELS_LIMIT.labels + 7)).catch(
      (e: unknown) => e,
    )) as Error;
    expect(stored).toHaveLength(1);
    expect(message).toContain('The labels service does not answer.');
    expect(message).toContain('HTTP 503');
    expect(message).toContain('now:      5000 labels are stored, up to line 5001; those after it are not');
    expect(message).toContain('import the whole file again: labels that are stored count once');
  });

  it('says that everything is stored if only the answer is missing', async () => {
    const { address, stored } = await start({ outcomes: [] });
    const { message } = (await run(address, labels(3)).catch((e: unknown) => e)) as Error;
    expect(stored).toHaveLength(1);
    expect(message).toContain('now:      all 3 labels are stored; what becomes of them is not known yet');
  });

  it('stores nothing with a wrong password', async () => {
    const { stored, address } = await start();
    await expect(run(address, labels(1), { password: 'another-password' })).rejects.toThrow(
      'The labels service does not accept the password of the platform.',
    );
    expect(stored).toEqual([]);
  });

  it('passes on the service’s reason for refusing', async () => {
    const { address } = await start();
    await expect(run(address, labels(1), { model: 'churn' })).rejects.toThrow('no such model');
  });

  it('does not wait forever if nobody answers', async () => {
    await expect(run('http://127.0.0.1:9', labels(1))).rejects.toThrow('The labels service does not answer.');
  });

  it('of an empty file stores nothing and says so', async () => {
    const { address } = await start();
    expect(describeImport('fraud', await run(address, []))).toBe('fraud: 0 labels stored');
  });
});
