import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

import { record } from '../../../studies/exporter/record';

it('records the seconds of a cycle for each size of the log', () => {
  const folder = mkdtempSync(join(tmpdir(), 'exporter-'));
  const rest = { idle_seconds: 0.01, day_seconds: 0.2, first_seconds: 3, compact_rows: 5_000 };
  record(
    [
      { log_rows: 100_000, seconds: 0.12345, ...rest },
      { log_rows: 1_000_000, seconds: 0.2, ...rest },
    ],
    '15.18',
    folder,
  );
  const json = JSON.parse(readFileSync(join(folder, 'quality-exporter.json'), 'utf8')) as object;
  expect(json).toMatchObject({
    postgres: '15.18',
    exporter: [
      { log_rows: 100_000, seconds: 0.123 },
      { log_rows: 1_000_000, seconds: 0.2 },
    ],
  });
  const page = readFileSync(join(folder, 'quality-exporter.md'), 'utf8');
  expect(page).toContain('| 100,000 | 0.123 | 0.01 | 0.2 | 3 | 5,000 |');
  rmSync(folder, { recursive: true });
});
