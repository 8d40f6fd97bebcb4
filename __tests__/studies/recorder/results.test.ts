import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { countTests } from '../../../studies/conformance/record';
import { shortCommit } from '../../../studies/recorder/origin';
import { readResult, recordFigures } from '../../../studies/recorder/results';
import type { Figure } from '../../../studies/recorder/results';
import { recordSteps, stepTimes } from '../../../studies/recorder/step-times';

const LEDGER = { name: 'coffee', title: 'Coffee', aims: { brew_s: '≤ 30' } };

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recorder-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('recorded figures', () => {
  it('say what, when, where and of which commit, with their aim', () => {
    recordFigures(LEDGER, { brew_s: 28.123456, cups: 3 }, 'make coffee', folder);
    const found = readResult('coffee', folder) as Record<string, Figure>;
    expect(found.brew_s).toEqual({
      value: 28.12,
      aim: '≤ 30',
      command: 'make coffee',
      date: new Date().toISOString().slice(0, 10),
      commit: expect.stringMatching(/^[0-9a-f]{40}( with uncommitted changes)?$/) as unknown as string,
      machine: expect.stringMatching(/^\d+ cores, \d+ GiB, .+, shared$/) as unknown as string,
    });
    expect(found.cups).toMatchObject({ value: 3, aim: '–' });
  });

  it('of another command are kept', () => {
    recordFigures(LEDGER, { brew_s: 28 }, 'make coffee', folder);
    recordFigures(LEDGER, { cups: 3 }, 'make cups', folder);
    expect(readResult('coffee', folder)).toMatchObject({
      brew_s: { value: 28, command: 'make coffee' },
      cups: { value: 3, command: 'make cups' },
    });
  });

  it('are also written as a page for readers', () => {
    recordFigures(LEDGER, { brew_s: 28 }, 'make coffee', folder);
    const [title, , header, , row] = readFileSync(join(folder, 'coffee.md'), 'utf8').split('\n');
    expect(title).toBe('# Coffee');
    expect(header).toBe('| figure | value | aim | measured by | date | commit | machine |');
    expect(row).toMatch(/^\| brew_s \| 28 \| ≤ 30 \| `make coffee` \| [\d-]{10} \| [0-9a-f]{10}\b/);
  });
});

describe('a commit', () => {
  it('is shortened, but not the note on it', () => {
    const hash = 'ee99b501d3da3c9144c5ed06794452372bfd1e40';
    expect(shortCommit(hash)).toBe('ee99b501d3');
    expect(shortCommit(`${hash} with uncommitted changes`)).toBe('ee99b501d3 with uncommitted changes');
  });
});

describe('step times', () => {
  const OUTPUT = `
✔ Check the machine [0.0s]
✔ build image nginx: 2.2 s of work [1m20s]
✔ Apply stack registry [1m15s]
✓ install npm packages into node_modules (600 MB) (26 s)
› Apply complete! Resources: 1 added`;

  it('are read from what `make up` prints', () => {
    expect(stepTimes(OUTPUT)).toEqual([
      { title: 'Check the machine', seconds: 0 },
      { title: 'build image nginx', seconds: 2.2 },
      { title: 'Apply stack registry', seconds: 75 },
      { title: 'install npm packages into node_modules (600 MB)', seconds: 26 },
    ]);
  });

  it('of warm and cold runs are kept side by side', () => {
    recordSteps('cold', [{ title: 'boil', seconds: 60 }], 'make coffee', folder);
    recordSteps('warm', [{ title: 'boil', seconds: 10 }], 'make coffee', folder);
    expect(readResult('platform-up-steps', folder)).toMatchObject({
      cold: { steps: [{ seconds: 60 }] },
      warm: { steps: [{ seconds: 10 }] },
    });
    expect(readFileSync(join(folder, 'platform-up-steps.md'), 'utf8')).toContain('| boil | 60 |');
  });
});

describe('counts of a JUnit report', () => {
  it('are those of its suite; a test that could not run is a failure', () => {
    const xml =
      '<testsuites><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="40" time="7.9">';
    expect(countTests(xml)).toEqual({ tests: 40, failures: 3, skipped: 3, seconds: 8 });
  });

  it('are refused if it is not a report', () => {
    expect(() => countTests('Killed')).toThrow('no JUnit report: Killed');
  });
});
