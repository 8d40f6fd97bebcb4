import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { linkCharts, readChart } from '../../../stacks/shared/chart';
import { ROOT } from '../support';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'charts-'));
  copyCharts('credentials');
  copyCharts('common');
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function copyCharts(folder: string): void {
  cpSync(join(ROOT, 'charts', folder), join(root, 'charts', folder), {
    recursive: true,
    // Links as they are, or they would lead to the original.
    verbatimSymlinks: true,
    filter: (path) => !path.endsWith('__snapshot__'),
  });
}

function hashAfter(file: string): [string, string] {
  const before = readChart(root, 'credentials').hash;
  writeFileSync(join(root, 'charts/credentials', file), 'changed: true\n');
  return [before, readChart(root, 'credentials').hash];
}

describe('readChart', () => {
  it('hashes content, not location', () => {
    expect(readChart(root, 'credentials').hash).toBe(readChart(ROOT, 'credentials').hash);
  });

  it('changes the hash when a template changes', () => {
    const [before, after] = hashAfter('templates/mlflow.yaml');
    expect(after).not.toBe(before);
  });

  it('changes every chart’s hash when the library chart changes', () => {
    copyCharts('');
    const charts = readdirSync(join(root, 'charts')).filter((name) => name !== 'common');
    const hashes = () => charts.map((name) => [name, readChart(root, name).hash] as const);
    const before = hashes();
    appendFileSync(join(root, 'charts/common/templates/_labels.tpl'), '{{/* changed */}}\n');
    const unchanged = hashes().filter(([, hash], index) => hash === before[index]?.[1]);
    expect(unchanged).toEqual([]);
  });

  it('keeps the hash when only a test changes', () => {
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

  it('requires a version in Chart.yaml', () => {
    writeFileSync(join(root, 'charts/credentials/Chart.yaml'), 'version: 2\n');
    expect(() => readChart(root, 'credentials')).toThrow('expected: a semantic version, such as 0.1.0');
  });
});

describe('linkCharts', () => {
  const stack = () => join(root, 'stacks/data');
  beforeEach(() => {
    mkdirSync(stack(), { recursive: true });
  });

  it('lets every checkout find a chart by the same path', () => {
    linkCharts(stack(), root);
    const { path } = readChart(root, 'credentials');
    expect(path).toBe(readChart(ROOT, 'credentials').path);
    expect(readFileSync(join(stack(), path, 'Chart.yaml'), 'utf8')).toContain('name: credentials');
  });

  it('follows a checkout that moved', () => {
    linkCharts(stack(), '/elsewhere');
    linkCharts(stack(), root);
    linkCharts(stack(), root);
    expect(readlinkSync(join(stack(), 'charts'))).toBe(join(root, 'charts'));
  });
});
