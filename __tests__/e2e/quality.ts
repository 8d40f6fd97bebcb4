import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { forward } from '../../cli/src/cluster/endpoint';
import { login } from '../../cli/src/session';
import type { LabelOutcomes, LabelsAccepted } from '../../contracts/labels';
import { QUALITY_METRIC } from '../../contracts/metrics';
import { NAMESPACE } from '../../contracts/namespaces';
import { SECRET } from '../../contracts/objects';
import { SERVICE } from '../../contracts/services';
import { waitFor } from '../support/wait-for';
import { asRole } from './support/database';
import { platform } from './support/cluster';
import { exampleRequest, gateway, mlops } from './support/platform';

/** SQLSTATE insufficient_privilege. */
const DENIED = { code: '42501' };
const LABELS = `${gateway}/v1/models/fraud/labels`;
/** Requests, of as many rows as the example has. */
const REQUESTS = 30;
/** One cycle of the exporter in a minute, and its work. */
const JOINED = { timeout: 100_000, interval: 2_000 };

interface Row {
  readonly id: string;
  readonly label: boolean;
}

/** Model quality from labels, by every way that they may come. */
export function quality(): void {
  describe('labels', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mlops-labels-'));
    let password = '';
    let rows: readonly Row[] = [];
    /** A prediction of today: it is in no figure yet. */
    let odd = '';
    let oddReceipt = '';
    afterAll(() => {
      rmSync(folder, { recursive: true });
    });

    beforeAll(async () => {
      const where = { name: SECRET.labels, namespace: NAMESPACE.registry };
      ({ password } = await login(platform(), SERVICE.quality.title, where));
      const answers = await Promise.all(Array.from({ length: REQUESTS }, predict));
      rows = answers.flat().map((id, index) => ({ id, label: index % 4 !== 0 }));
      odd = (await predict())[0] ?? '';
      // Labels of predictions that are stored are joined with the next cycle, others a minute later.
      await asRole('predictions_reader', 'predictions', (client) =>
        waitFor(
          async () => {
            const ids = [...rows.map(({ id }) => id), odd];
            const text =
              'SELECT count(*)::int FROM prediction_log.predictions WHERE prediction_id = ANY ($1)';
            const [stored] = (await client.query<{ count: number }>(text, [ids])).rows;
            if (stored?.count !== ids.length)
              throw new Error(`${stored?.count ?? 0} of ${ids.length} are stored`);
          },
          { timeout: 30_000, interval: 250 },
        ),
      );
      // Figures are of predictions whose labels should all have arrived: those of a week ago.
      await ageBy(10, rows);
    }, 60_000);

    const post = (labels: readonly object[], token = password) =>
      fetch(LABELS, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ labels }),
      });
    const outcomesOf = async (receipt: string): Promise<LabelOutcomes['outcomes']> => {
      const response = await fetch(`${LABELS}/${receipt}`, {
        headers: { authorization: `Bearer ${password}` },
      });
      return ((await response.json()) as LabelOutcomes).outcomes;
    };
    const third = (part: number) => rows.filter((_, index) => index % 3 === part);

    it('come by the role that may insert them, by a file, and by request', async () => {
      const [byRole, byFile, byRequest] = [third(0), third(1), third(2)];
      await asRole('labels_writer', 'predictions', (client) =>
        client.query(
          `INSERT INTO quality.labels (model, prediction_id, label, source)
           SELECT 'fraud', id, label, 'database' FROM unnest($1::text[], $2::boolean[]) AS l (id, label)`,
          [byRole.map(({ id }) => id), byRole.map(({ label }) => label)],
        ),
      );
      const answer = await post(
        byRequest.map(({ id, label }) => ({ prediction_id: id, label, source: 'chargeback' })),
      );
      expect(answer.status).toBe(202);
      // Joined in the same cycle.
      const about = { source: 'analyst', prediction_id: odd };
      const oddAnswer = await post([
        { ...about, label: true },
        { ...about, label: true },
        { ...about, label: false },
        { ...about, prediction_id: randomUUID(), label: true },
        { ...about, label: true, predicted_at: new Date(Date.now() + 3_600_000).toISOString() },
      ]);
      const { accepted, receipt } = (await oddAnswer.json()) as LabelsAccepted;
      expect(accepted).toBe(5);
      oddReceipt = receipt;
      const file = join(folder, 'labels.csv');
      const lines = byFile.map(({ id, label }) => `${id},${label ? 1 : 0},analyst`);
      writeFileSync(file, ['prediction_id,label,source', ...lines].join('\n'));
      const { exitCode, output } = await mlops(['labels', 'import', file]);
      expect(output).toContain(`fraud: ${byFile.length} labels stored`);
      expect(output).toMatch(new RegExp(`^ +${byFile.length}  new, joined with their predictions$`, 'm'));
      expect(exitCode).toBe(0);
    }, 180_000);

    it('are shown by the exporter as a computation on the same rows has them', async () => {
      const expected = await computed(rows);
      expect(expected.positives).toBeGreaterThan(10);
      await waitFor(async () => {
        const shown = await exported();
        const value = (name: string, labels: string) =>
          shown
            .find((line) => line.startsWith(`${name}{`) && line.includes(labels))
            ?.split(' ')
            .at(-1);
        const { labelled, positives, estimate } = QUALITY_METRIC;
        const window = `version="${expected.version}",window="28d"`;
        expect(Number(value(labelled.name, window))).toBe(rows.length);
        expect(Number(value(positives.name, window))).toBe(expected.positives);
        const measured = (metric: string) => Number(value(estimate.name, `${window},metric="${metric}"`));
        expect(measured('recall')).toBeCloseTo(expected.recall, 10);
        expect(measured('precision')).toBeCloseTo(expected.precision, 10);
      }, JOINED);
    }, 120_000);

    it('that come twice, contradict, or belong to nothing are counted as that', async () => {
      await waitFor(async () => {
        expect(await outcomesOf(oddReceipt)).toEqual({
          joined: 1,
          duplicate: 1,
          contradicting: 1,
          unknown: 1,
          future: 1,
        });
      }, JOINED);
    }, 120_000);

    it('are taken from nobody with another password', async () => {
      const answer = await post(
        [{ prediction_id: 'r', label: 1, source: 'analyst' }],
        'another-password-of-them',
      );
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    });

    it.each([
      ['labels_writer', 'SELECT FROM quality.labels'],
      ['labels_writer', 'UPDATE quality.labels SET label = true'],
      [
        'labels_writer',
        "INSERT INTO quality.labels (model, prediction_id, label, source, arrived_at) VALUES ('fraud', 'r', true, 'x', now())",
      ],
      ['labels_writer', 'SELECT FROM prediction_log.predictions'],
      ['labels_writer', 'SELECT quality.join_labels(1)'],
      ['quality', 'SELECT FROM prediction_log.predictions'],
      ['quality', 'DELETE FROM quality.labels'],
    ] as const)('do not let %s: %s', async (role, statement) => {
      await asRole(role, 'predictions', async (client) => {
        await expect(client.query(statement)).rejects.toMatchObject(DENIED);
      });
    });
  });
}

/** Asks for the example's predictions. @returns their ids, one per row */
async function predict(): Promise<string[]> {
  const id = randomUUID();
  const { inputs } = JSON.parse(readFileSync(exampleRequest, 'utf8')) as { inputs: unknown };
  const response = await fetch(`${gateway}/v2/models/fraud/infer`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-request-id': id },
    body: JSON.stringify({ inputs }),
  });
  const { outputs } = (await response.json()) as { outputs: [{ data: number[] }] };
  return outputs[0].data.map((_, row) => `${id}/${row}`);
}

/** Makes predictions older by whole days, as their owner. */
async function ageBy(days: number, rows: readonly Row[]): Promise<void> {
  await asRole('predictions', 'predictions', (client) =>
    client.query(
      'UPDATE prediction_log.predictions SET at = at - make_interval(days => $1) WHERE prediction_id = ANY ($2)',
      [days, rows.map(({ id }) => id)],
    ),
  );
}

/** Recall and precision of the stored decisions against the labels. */
async function computed(rows: readonly Row[]) {
  const stored = await asRole('predictions_reader', 'predictions', async (client) => {
    const text = `SELECT p.prediction_id AS id, p.decision, v.version FROM prediction_log.predictions p
      JOIN prediction_log.model_versions v ON v.id = p.model_version WHERE p.prediction_id = ANY ($1)`;
    return client.query<{ id: string; decision: boolean; version: string }>(text, [rows.map(({ id }) => id)]);
  });
  const labels = new Map(rows.map(({ id, label }) => [id, label]));
  const versions = new Set(stored.rows.map(({ version }) => version));
  expect(versions.size).toBe(1);
  const count = (which: (label: boolean, decision: boolean) => boolean) =>
    stored.rows.filter(({ id, decision }) => which(labels.get(id) ?? false, decision)).length;
  const hits = count((label, decision) => label && decision);
  const positives = count((label) => label);
  const alarms = count((_, decision) => decision);
  return {
    version: [...versions][0] ?? '',
    positives,
    recall: hits / positives,
    precision: hits / alarms,
  };
}

/** What the exporter shows, line by line, through a forwarded port. */
async function exported(): Promise<readonly string[]> {
  const endpoint = await forward(platform().kubernetes(), SERVICE.quality);
  try {
    return (await (await fetch(`${endpoint.address}/metrics`)).text()).split('\n');
  } finally {
    endpoint.close();
  }
}
