/**
 * Runs the property tests of the pipeline: generated model.yaml files, command lines, data files and parameters of
 * LightGBM, of which none may end in an unexpected error. A full run is recorded in docs/results/hardening.{json,md}.
 * usage: [FUZZ_PIPELINE_CASES=2400] [FUZZ_SEED=number] main.ts
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { ROOT } from '../../../contracts/repository';
import { recordHardening } from '../../recorder/hardening';
import { FULL_PIPELINE_CASES, readPipelinePlan } from '../plan';

interface Found {
  readonly pipeline_cases: number;
  readonly unexpected_errors: number;
}

const { cases, seed } = readPipelinePlan(process.env);
const run = spawnSync(
  join(ROOT, '.venv/bin/python'),
  ['-m', 'studies.fuzz.pipeline', '--cases', String(cases), '--seed', String(seed)],
  { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
);
if (run.stdout.trim() === '')
  throw new Error(`the property tests left no figures, and ended with ${run.status}`);
const { pipeline_cases, unexpected_errors } = JSON.parse(run.stdout) as Found;
console.log(`${pipeline_cases} cases of the pipeline, ${unexpected_errors} unexpected errors; seed ${seed}`);
if (pipeline_cases >= FULL_PIPELINE_CASES)
  recordHardening({ pipeline_cases, unexpected_errors }, 'make fuzz');
if (unexpected_errors > 0 || pipeline_cases < cases) process.exitCode = 1;
