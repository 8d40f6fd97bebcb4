/**
 * How often canaries are rolled back without reason, and how often a worse version is promoted.
 * usage: node --import tsx studies/delivery/main.ts [SHARE]; a share below 1 for a short look, which is not recorded.
 * Writes docs/results/delivery.{json,md}; ends with code 1 where an aim is missed.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { randomOf } from '../silence/history/random';
import { SAME, WORSE } from './candidates';
import { record } from './record';
import { simulate, type Outcome } from './simulate';

const share = Number(process.argv[2] ?? 1);
const runs = [
  ...Array.from({ length: Math.round(2_500 * share) }, () => SAME),
  ...WORSE.flatMap((kind) => Array.from({ length: Math.round(450 * share) }, () => kind)),
];
const outcomes: Outcome[] = [];
for (const [seed, kind] of runs.entries()) {
  outcomes.push(simulate(kind, randomOf(0x5eed + seed)));
  if (outcomes.length % 250 === 0) console.error(`${outcomes.length} of ${runs.length} rollouts`);
}
const folder = share < 1 ? mkdtempSync(join(tmpdir(), 'delivery-')) : undefined;
const figures = record(outcomes, folder);
console.log(figures, folder ?? '');
const { aa_false_rollbacks = NaN, worse_promoted = NaN } = figures;
if (!(aa_false_rollbacks <= 12 * share && worse_promoted === 0)) process.exitCode = 1;
