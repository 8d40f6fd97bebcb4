import type { Queryable } from '../database';
import type { QualityModel } from '../models';
import { readReport } from './report';
import type { Report } from './report';

/** Labels per transaction. */
const LABELS_AT_ONCE = 1_000;
/** Time for joining, and again for counting days, after which the rest waits for the next cycle. */
const BUDGET_SECONDS = 20;

/** Joins labels that arrived, counts days that ended, and reads what both left in the compact tables. */
export async function runCycle(
  client: Queryable,
  models: readonly QualityModel[],
  now = Date.now(),
): Promise<Report> {
  await whileBudget(async () => (await call(client, 'join_labels', LABELS_AT_ONCE)) === LABELS_AT_ONCE);
  await whileBudget(async () => (await call(client, 'count_days', 1)) === 1);
  return readReport(client, models, now);
}

async function call(client: Queryable, name: 'join_labels' | 'count_days', most: number): Promise<number> {
  const { rows } = await client.query<{ done: number }>(`SELECT quality.${name}($1) AS done`, [most]);
  return rows[0]?.done ?? 0;
}

async function whileBudget(work: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 1_000 * BUDGET_SECONDS;
  while ((await work()) && performance.now() < deadline);
}
