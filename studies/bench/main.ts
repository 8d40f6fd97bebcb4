/**
 * Measures the model server and others, and writes docs/results/model-server.{json,md,svg}.
 * usage: [BENCH_QUICK=1] [BENCH_CORES=server,load] [BENCH_BEFORE=commit] npx tsx studies/bench/main.ts
 */
import { PreparationError } from '../../toolchain/errors';
import { BenchError } from './errors';
import { readPlan } from './plan';
import { prepare } from './prepare';
import { writeResults } from './record';
import { run } from './run';

/** As a shell reports SIGINT. */
const INTERRUPTED = 130;

const abort = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    abort.abort();
  });
}
const say = (line: string) => {
  console.log(`${process.uptime().toFixed(0).padStart(5)} s  ${line}`);
};

try {
  const plan = readPlan(process.env);
  const artifacts = await prepare(say, abort.signal);
  const found = await run(plan, artifacts, say, abort.signal);
  const folder = writeResults(found, plan);
  const aimed = Object.entries({
    ...found.ratios,
    rss_mb_after_1m: found.rss_mb_after_1m,
    cold_start_ms: found.cold_start_ms,
  });
  for (const [name, { value, range, aim, met }] of aimed) {
    const verdict = met === null ? '' : met ? 'met' : 'MISSED';
    console.log(`${name.padEnd(32)} ${String(value).padStart(8)}  [${range.join(', ')}]  ${aim}  ${verdict}`);
  }
  say(`written to ${folder}`);
} catch (error) {
  if (abort.signal.aborted) {
    console.error('Interrupted: all servers are stopped, nothing was recorded.');
    process.exitCode = INTERRUPTED;
  } else if (error instanceof BenchError || error instanceof PreparationError) {
    console.error(error.message);
    process.exitCode = 3;
  } else throw error;
}
