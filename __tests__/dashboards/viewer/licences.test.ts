import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';

interface Lock {
  readonly packages: Readonly<Record<string, { readonly license?: string; readonly version?: string }>>;
}

const read = (path: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../dashboards/viewer/${path}`, import.meta.url), 'utf8'));
const { packages } = read('package-lock.json') as Lock;

const ALLOWED =
  /^(MIT|Apache-2\.0|ISC|BSD-[23]-Clause|0BSD|BlueOak-1\.0\.0|CC0-1\.0|Unlicense|OFL-1\.1|MIT AND BSD-3-Clause|\(MIT AND Zlib\)|\(MPL-2\.0 OR Apache-2\.0\))$/;
/** Declare none in package.json. The first two carry the Unlicense; the last is below an editor that is not bundled. */
const UNDECLARED = ['fast-shallow-equal', 'react-universal-interface', 'get-document'].map(
  (name) => `node_modules/${name}`,
);

it('has no package whose licence would reach ours', () => {
  const others = Object.entries(packages)
    .filter(([path, { license = '' }]) => !ALLOWED.test(license) && !UNDECLARED.includes(path))
    .map(([path, { license }]) => `${path}: ${license ?? 'none'}`);
  expect(others).toEqual([]);
});

it('has none of the packages of Grafana that are AGPL', () => {
  const paths = Object.keys(packages);
  for (const name of ['prometheus', 'sql', 'o11y-ds-frontend', 'flamegraph'])
    expect(paths.filter((path) => path.endsWith(`node_modules/@grafana/${name}`))).toEqual([]);
  expect(paths).toContain('node_modules/@grafana/ui');
});

it('pins every package exactly, and those of Grafana to one version', () => {
  const { dependencies, devDependencies } = read('package.json') as Record<
    'dependencies' | 'devDependencies',
    Record<string, string>
  >;
  const all = Object.entries({ ...dependencies, ...devDependencies });
  expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  expect(
    new Set(all.filter(([name]) => name.startsWith('@grafana/')).map(([, version]) => version)).size,
  ).toBe(1);
});
