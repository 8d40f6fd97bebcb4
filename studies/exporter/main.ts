/**
 * The study of the quality exporter's cost. usage: node --import tsx studies/exporter/main.ts [ROWS…]
 * Writes docs/results/quality-exporter.{json,md}.
 */
import { measure } from './measure';
import type { Measured } from './measure';
import { startPostgres } from './postgres';
import { record } from './record';

const sizes = process.argv.slice(2).map(Number);
const postgres = await startPostgres();
const measured: Measured[] = [];
try {
  for (const rows of sizes.length > 0 ? sizes : [100_000, 1_000_000, 10_000_000]) {
    measured.push(await measure(postgres.url, rows));
    console.error(JSON.stringify(measured.at(-1)));
  }
} finally {
  await postgres.stop();
}
record(measured, postgres.version);
