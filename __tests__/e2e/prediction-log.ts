import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { asRole } from './support/database';
import { exampleRequest, gateway, root } from './support/platform';
import { expectThat } from '../support/expect-that';
import { waitFor } from '../support/wait-for';

/** SQLSTATE insufficient_privilege. */
const DENIED = { code: '42501' };

interface NamedPrediction {
  readonly model: string;
  readonly version: string;
  readonly score: number;
  readonly features: Readonly<Record<string, number>>;
}

/** The example without an id: then its predictions have the id of the request. */
function example(): { inputs: [{ data: number[][] }] } {
  const { inputs } = JSON.parse(readFileSync(exampleRequest, 'utf8')) as { inputs: [{ data: number[][] }] };
  return { inputs };
}

/** The example's rows, as features by name. */
function exampleFeatures(): Record<string, number>[] {
  const { features } = parse(readFileSync(join(root, 'models/fraud/model.yaml'), 'utf8')) as {
    features: { name: string }[];
  };
  return example().inputs[0].data.map((row) =>
    Object.fromEntries(features.map(({ name }, column) => [name, row[column] ?? Number.NaN])),
  );
}

async function storedUnder(client: Client, requestId: string): Promise<NamedPrediction[]> {
  const { rows } = await client.query<NamedPrediction>(
    `SELECT model, version, score, features FROM prediction_log.named_predictions
     WHERE prediction_id LIKE $1 || '/%' ORDER BY row_number`,
    [requestId],
  );
  return rows;
}

/** What was answered can be found again, by those who may look. */
export function predictionLog(): void {
  describe('the prediction log', () => {
    it('has every row that was answered, with its model, version, score and features by name', async () => {
      const requestId = randomUUID();
      const response = await fetch(`${gateway}/v2/models/fraud/infer`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-request-id': requestId },
        body: JSON.stringify(example()),
      });
      const { outputs } = (await response.json()) as { outputs: [{ data: number[] }] };
      const scores = outputs[0].data;
      const rows = await asRole('predictions_reader', 'predictions', (client) =>
        waitFor(
          async () => {
            const stored = await storedUnder(client, requestId);
            expect(stored).toHaveLength(scores.length);
            return stored;
          },
          { timeout: 30_000, interval: 250 },
        ),
      );
      const expected = exampleFeatures().map((features, row) => ({
        model: 'fraud',
        version: response.headers.get('x-model-version'),
        score: scores[row],
        features,
      }));
      expect(rows.map((row) => ({ ...row, score: Math.fround(row.score) }))).toEqual(expected);
    });

    it('answers a record of named features with score and decision, under the id that is stored', async () => {
      const requestId = randomUUID();
      const response = await fetch(`${gateway}/v1/models/fraud/predict`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-request-id': requestId },
        body: readFileSync(join(root, 'examples/fraud-record.json'), 'utf8'),
      });
      expect(await response.json()).toMatchObject({
        model_name: 'fraud',
        predictions: [{ prediction_id: requestId, decision: true }],
      });
    });

    it.each([
      ['predictions_writer', 'SELECT FROM prediction_log.predictions'],
      ['predictions_writer', 'SELECT FROM prediction_log.named_predictions'],
      ['predictions_writer', 'UPDATE prediction_log.predictions SET score = 0'],
      ['predictions_writer', 'DELETE FROM prediction_log.predictions'],
      ['predictions_writer', 'CREATE TABLE prediction_log.other ()'],
      ['predictions_writer', 'CREATE TEMPORARY TABLE other ()'],
      ['predictions_reader', 'DELETE FROM prediction_log.predictions'],
      ['predictions_reader', 'INSERT INTO prediction_log.retention DEFAULT VALUES'],
      ['predictions_reader', 'SELECT prediction_log.maintain()'],
    ] as const)('does not let %s: %s', async (role, statement) => {
      await asRole(role, 'predictions', async (client) => {
        await expect(client.query(statement)).rejects.toMatchObject(DENIED);
      });
    });

    it.each(['predictions', 'predictions_writer', 'predictions_reader'] as const)(
      'does not let %s into any other database',
      async (role) => {
        for (const database of ['mlflow', 'mlflow_auth', 'postgres', 'template1'])
          await expectThat(
            asRole(role, database, () => Promise.resolve()),
            database,
          ).rejects.toMatchObject(DENIED);
      },
    );
  });
}
