import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { upperBound } from '../../../studies/delivery/bounds';
import { SAME, WORSE } from '../../../studies/delivery/candidates';
import { record } from '../../../studies/delivery/record';
import { simulate } from '../../../studies/delivery/simulate';
import { randomOf } from '../../../studies/silence/history/random';

it.each([
  [0, 3_000, 0.000998],
  [0, 200, 0.014867],
  [12, 2_000, 0.009703],
])('the upper bound of %d in %d is that of Clopper and Pearson', (events, runs, bound) => {
  // scipy.stats.beta.ppf(0.95, events + 1, runs - events)
  expect(upperBound(events, runs)).toBeCloseTo(bound, 5);
});

describe('a simulated rollout', () => {
  it.each(WORSE)('of a version that is worse is rolled back: $name', (kind) => {
    expect(simulate(kind, randomOf(1))).toMatchObject({ end: 'rolled back', promoted: false });
  });

  it('of a version like the champion passes', () => {
    expect(simulate(SAME, randomOf(1))).toMatchObject({ end: 'passed', promoted: true });
  });
});

it('records counts, bounds and requests, and keeps what others measured', () => {
  const folder = mkdtempSync(join(tmpdir(), 'delivery-'));
  const outcome = {
    kind: SAME.name,
    end: 'passed',
    promoted: true,
    reason: '',
    requests: 10,
    minutes: 1,
  } as const;
  const worse = {
    ...outcome,
    kind: 'hangs',
    end: 'rolled back',
    promoted: false,
    reason: 'errors-worse',
  } as const;
  record([outcome, { ...outcome, end: 'rolled back', reason: 'slow-worse' }, worse], folder);
  const json = JSON.parse(readFileSync(join(folder, 'delivery.json'), 'utf8')) as object;
  expect(json).toMatchObject({ aa_runs: 2, aa_false_rollbacks: 1, worse_runs: 1, worse_promoted: 0 });
  expect(readFileSync(join(folder, 'delivery.md'), 'utf8')).toContain('| hangs | 1 | 1 | 0 |');
  rmSync(folder, { recursive: true });
});
