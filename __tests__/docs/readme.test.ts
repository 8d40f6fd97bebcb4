import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { program } from '../../cli/src/main';

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
