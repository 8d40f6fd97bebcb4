import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../../contracts/repository';
import { originOf } from '../recorder/origin';
import { writeResult } from '../recorder/results';
import { report, type WindowResult } from './report';

// usage: npx tsx studies/drift/main.ts [PATHS]
const paths = process.argv[2] ?? '5';
const output = execFileSync(
  process.env.PYTHON ?? join(ROOT, '.venv/bin/python'),
  ['studies/drift/simulate.py', join(ROOT, '.mlops/drift-study'), paths],
  { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1e8 },
);
const windows = JSON.parse(output) as readonly WindowResult[];
const origin = originOf(`make drift-study PATHS=${paths}`);
writeResult(
  'drift',
  { ...origin, paths: Number(paths), drift: windows },
  report(windows, origin, Number(paths)),
);
