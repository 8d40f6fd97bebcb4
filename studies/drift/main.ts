import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../contracts/repository';
import { measuredBy } from '../recorder/measurement';
import { report, type WindowResult } from './report';

// usage: npx tsx studies/drift/main.ts [PATHS]
const paths = process.argv[2] ?? '5';
const output = execFileSync(
  process.env.PYTHON ?? join(ROOT, '.venv/bin/python'),
  ['studies/drift/simulate.py', join(ROOT, '.mlops/drift-study'), paths],
  { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1e8 },
);
const windows = JSON.parse(output) as readonly WindowResult[];
const context = measuredBy(`make drift-study PATHS=${paths}`);
const folder = join(ROOT, 'docs/results');
writeFileSync(
  join(folder, 'drift.json'),
  `${JSON.stringify({ ...context, paths: Number(paths), drift: windows }, null, 2)}\n`,
);
writeFileSync(join(folder, 'drift.md'), report(windows, context, Number(paths)));
