import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { program } from '../../cli/src/main';
import { readResult } from '../../studies/recorder/results';
import { withRecordedFigures } from '../../studies/recorder/readme';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const makefile = readFileSync(join(root, 'Makefile'), 'utf8');

const unique = (found: IterableIterator<RegExpMatchArray>) => [
  ...new Set([...found].map(([, text = '']) => text)),
];

describe('the README', () => {
  it('links to files that exist', () => {
    const links = unique(readme.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g));
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter((link) => !existsSync(join(root, link)))).toEqual([]);
  });

  it('draws a tree of folders that exist', () => {
    const tree = /```text tree\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    const paths = unique(tree.matchAll(/^([\w./-]+)/gm));
    expect(paths.length).toBeGreaterThan(8);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('quotes the figures that are recorded; `make figures` writes them', () => {
    expect(readme).toBe(withRecordedFigures(readme));
  });

  it('quotes them in its sentences, too', () => {
    const bench = readResult('model-server') as {
      ratios: Record<string, { value: number }>;
      rss_mb_after_1m: { value: number };
      cold_start_ms: { value: number };
    };
    const platform = readResult('platform-up') as Record<string, { value: number }>;
    const mib = Math.round(platform.rest_mib?.value ?? NaN).toLocaleString('en');
    expect(readme).toContain(`measured: ${mib} MiB, Kubernetes included`);
    expect(readme).toContain(`${bench.ratios.mixed_p99_vs_unmixed?.value ?? ''} ×`);
    expect(readme).toContain(`${bench.rss_mb_after_1m.value} MB after a million requests`);
    expect(readme).toContain(`start (${bench.cold_start_ms.value} ms`);
  });

  it('names make targets that exist', () => {
    const targets = unique(readme.matchAll(/\bmake ([a-z][a-z0-9-]*)/g));
    expect(targets).toContain('up');
    expect(targets.filter((target) => !new RegExp(`^${target}:`, 'm').test(makefile))).toEqual([]);
  });

  it('names mlops commands that exist, and all of them', () => {
    const commands = program(new AbortController().signal)
      .commands.map((command) => command.name())
      .filter((name) => name !== 'cluster');
    const named = unique(readme.matchAll(/\.\/mlops ([a-z]+)/g));
    expect(named.toSorted()).toEqual(commands.toSorted());
  });
});
