/**
 * Sends generated requests, right and wrong ones, to the bundled model server: every operation of its OpenAPI document,
 * by schemathesis. Every answer must be of a documented status, content type and schema, never a 5xx; what the schema
 * forbids must be refused; and the server must live on. A full run is recorded in docs/results/model-server-fuzz.{json,md},
 * its sum also in hardening.{json,md}.
 * usage: [FUZZ_CASES=20000] [FUZZ_SEED=number] main.ts
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { writePackage } from '../../model-server/testing/package';
import { spawnServer } from '../../model-server/testing/server-process';
import { ROOT } from '../../contracts/repository';
import { BUNDLE, bundle } from '../../model-server/build';
import { FULL_CASES, readPlan } from './plan';
import { record } from './record';
import { runShards } from './schemathesis';
import { recordHardening } from '../recorder/hardening';
import { answersByStatus } from './server-view';

const ENVIRONMENT = '.tools/fuzz';

const plan = readPlan(process.env);
execFileSync('scripts/python-environment', ['studies/fuzz/requirements.lock'], {
  cwd: ROOT,
  env: { ...process.env, VENV: ENVIRONMENT },
  stdio: 'inherit',
});
await bundle();
const folder = mkdtempSync(join(tmpdir(), 'mlops-fuzz-'));
const modelDir = await writePackage();
// Few rows, because the generator also tries batches that are one row too long.
const server = spawnServer(BUNDLE, { MODEL_DIR: modelDir, LOG_LEVEL: 'info', MAX_ROWS: '32' });
try {
  const { port } = await server.ready;
  const address = `http://127.0.0.1:${port}`;
  const started = performance.now();
  const found = await Promise.race([
    runShards(plan, { address, folder, executable: join(ROOT, ENVIRONMENT, 'bin/schemathesis') }),
    server.exit.then((code) => {
      throw new Error(`the server ended with ${code} under test: ${JSON.stringify(server.log.slice(-3))}`);
    }),
  ]);
  const seconds = Math.round((performance.now() - started) / 1000);
  const answers = await answersByStatus(address);
  const errors = server.log.filter(({ level }) => level === 'error' || level === 'fatal');
  const failures = found.failures + (answers['5xx'] ?? 0) + errors.length;
  if (plan.cases >= FULL_CASES) {
    record({ ...found, failures, seconds, answers, seed: plan.seed });
    recordHardening({ cases: found.cases, wrong: failures }, 'make fuzz');
  }
  console.log(
    `${found.cases} cases, ${failures} failures, ${seconds} s; answers: ${Object.entries(answers)
      .map(([status, count]) => `${status} ${count}`)
      .join(', ')}`,
  );
  if (failures > 0 || found.cases < plan.cases) process.exitCode = 1;
} finally {
  server.kill('SIGTERM');
  for (const each of [folder, modelDir]) rmSync(each, { recursive: true, force: true });
}
