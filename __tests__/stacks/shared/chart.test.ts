import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readChart } from '../../../stacks/shared/chart';
import { ROOT } from '../support';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'charts-'));
  cpSync(join(ROOT, 'charts/credentials'), join(root, 'charts/credentials'), { recursive: true });
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function hashAfter(file: string): [string, string] {
  const before = readChart(root, 'credentials').hash;
  writeFileSync(join(root, 'charts/credentials', file), 'changed: true\n');
  return [before, readChart(root, 'credentials').hash];
}

describe('readChart', () => {
  it('hashes content, not place', () => {
    expect(readChart(root, 'credentials').hash).toBe(readChart(ROOT, 'credentials').hash);
  });

  it('has another hash when a template changes', () => {
    const [before, after] = hashAfter('templates/mlflow.yaml');
    expect(after).not.toBe(before);
  });

  it('has the same hash when only a test changes', () => {
    const [before, after] = hashAfter('tests/new_test.yaml');
    expect(after).toBe(before);
  });

  it('says which chart is missing', () => {
    expect(() => readChart('/repository', 'mlflwo')).toThrowErrorMatchingInlineSnapshot(`
      "/repository/charts/mlflwo/Chart.yaml cannot be read
        expected: a chart in charts/mlflwo
        fix:      restore the folder, or correct the name in the stack"
    `);
  });

  it('wants a version in Chart.yaml', () => {
    writeFileSync(join(root, 'charts/credentials/Chart.yaml'), 'version: 2\n');
    expect(() => readChart(root, 'credentials')).toThrow('expected: a semantic version, such as 0.1.0');
  });
});
