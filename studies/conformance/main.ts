/**
 * The bundled model server against the official clients of the protocol. Arguments go to pytest; a run without any is
 * recorded in docs/results/model-server-conformance.{json,md}.
 * usage: main.ts [PYTEST_ARGUMENT…]
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ROOT } from '../../contracts/repository';
import { bundle } from '../../model-server/build';
import { countTests, record } from './record';

const ENVIRONMENT = '.tools/conformance';
const STUDY = 'studies/conformance';

const args = process.argv.slice(2);
execFileSync(
  'scripts/step',
  [
    `protocol clients in ${ENVIRONMENT} as locked (210 MB)`,
    ...['scripts/python-environment', `${STUDY}/requirements.lock`],
  ],
  { cwd: ROOT, env: { ...process.env, VENV: ENVIRONMENT }, stdio: 'inherit' },
);
await bundle();
const folder = mkdtempSync(join(tmpdir(), 'mlops-conformance-'));
try {
  const report = join(folder, 'report.xml');
  const { status } = spawnSync(
    join(ROOT, ENVIRONMENT, 'bin/python'),
    ['-m', 'pytest', '-c', `${STUDY}/pytest.ini`, `${STUDY}/tests`, `--junit-xml=${report}`, ...args],
    { cwd: ROOT, stdio: 'inherit' },
  );
  process.exitCode = status ?? 1;
  if (args.length === 0) record(countTests(readFileSync(report, 'utf8')));
} finally {
  rmSync(folder, { recursive: true });
}
