import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../../contracts/repository';
import { LAST_DAY, REFERENCES, SEED } from './plan';

/** One feature or the score: shares of the reference, noise factor, and rows per hour and bin. */
export interface CountedSeries {
  readonly name: string;
  readonly shares: readonly number[];
  readonly noise: number;
  readonly hourly: readonly (readonly number[])[];
}

/** Day, bin of the score, decision, label, rows, sum of the scores. */
export type ScoreRow = readonly [number, number, number, number, number, number];

/** What studies/silence/counts.py prints of one version. */
export interface CountedVersion {
  readonly reference: number;
  readonly reference_rows: number;
  readonly series: readonly CountedSeries[];
  readonly scores: readonly ScoreRow[];
}

/** From that day on those who send features multiply `amount`. */
export interface AmountFault {
  readonly day: number;
  readonly factor: number;
}

/** All versions, or with a fault the last one alone; kept in `folder`, for it takes minutes. */
export function countedVersions(folder: string, fault?: AmountFault): readonly CountedVersion[] {
  const asked = JSON.stringify({ seed: SEED, days: LAST_DAY, references: REFERENCES, fault });
  const file = join(folder, `counts-${fault === undefined ? 'healthy' : 'fault'}.json`);
  const known = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as { asked: string; versions: CountedVersion[] })
    : undefined;
  if (known?.asked === asked) return known.versions;
  const printed = execFileSync(
    process.env.PYTHON ?? join(ROOT, '.venv/bin/python'),
    ['studies/silence/counts.py', asked],
    { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1e9 },
  );
  const versions = JSON.parse(printed) as readonly CountedVersion[];
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${file}.part`, JSON.stringify({ asked, versions }));
  renameSync(`${file}.part`, file);
  return versions;
}
