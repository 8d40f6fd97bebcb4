import {
  existsSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ContentHash, listFiles } from '../../contracts/files';
import { ChartError } from './errors';

export interface Chart {
  /** Below a stack's folder, where Terraform runs: an absolute path would be a change for every other checkout. */
  readonly path: string;
  readonly version: string;
  /** 12 hex digits over everything that is rendered, library chart included, tests excluded. */
  readonly hash: string;
}

const CHARTS = 'charts';

/** @throws ChartError if the folder is not a chart */
export function readChart(root: string, name: string): Chart {
  const folder = join(root, CHARTS, name);
  return { path: `./${CHARTS}/${name}`, version: versionOf(folder, name), hash: hashOf(folder) };
}

/** Lets Terraform find the charts of a checkout in the folder of a stack. */
export function linkCharts(stackFolder: string, root: string): void {
  const link = join(stackFolder, CHARTS);
  const charts = join(root, CHARTS);
  if (lstatSync(link, { throwIfNoEntry: false }) && readlinkSync(link) === charts) return;
  rmSync(link, { force: true });
  symlinkSync(charts, link);
}

function versionOf(path: string, name: string): string {
  const file = join(path, 'Chart.yaml');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new ChartError({
      file,
      path: '',
      what: 'cannot be read',
      expected: `a chart in charts/${name}`,
      fix: 'restore the folder, or correct the name in the stack',
    });
  }
  const { version } = parse(text) as { version?: unknown };
  if (typeof version === 'string') return version;
  throw new ChartError({
    file,
    path: 'version',
    what: 'is not a version',
    got: version,
    expected: 'a semantic version, such as 0.1.0',
    fix: 'set version in Chart.yaml',
  });
}

function hashOf(path: string): string {
  // Helm follows links: the library chart is one.
  const library = join(path, 'charts/common');
  const roots = [path, ...(existsSync(library) ? [realpathSync(library)] : [])];
  const files = roots
    .flatMap((root) => listFiles(root, '.'))
    .filter((file) => !file.path.startsWith('./tests/'));
  return new ContentHash().addFiles(files).digest();
}
