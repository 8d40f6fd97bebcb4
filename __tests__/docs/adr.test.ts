import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

import { ROOT } from '../../contracts/repository';

const FOLDER = 'docs/adr';
const names = readdirSync(join(ROOT, FOLDER)).toSorted();
const tracked = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' }).trimEnd().split('\n');
const folders = new Set(
  tracked.flatMap((path) => [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index))),
);
const rooms = [...folders].filter((path) => !path.includes('/'));
const endings = new Set(
  tracked.map((path) => /\.\w+$/.exec(path)?.[0]).filter((ending) => ending !== undefined),
);

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** What the build of the model server writes. */
const BUILT = /(^|\/)(dist|chunks)\//;

/** Texts of inline code that look like paths of this repository, whole or from within a room. */
function pathsIn(text: string): string[] {
  const code = [...text.replace(/^```[^]*?^```/gm, '').matchAll(/`([^`\s]+)`/g)].map(([, path = '']) => path);
  return code.filter((path) => {
    if (
      !/^[\w.-]+(\/[\w.-]+)*\/?$/.test(path) ||
      !path.includes('/') ||
      path.startsWith('.') ||
      BUILT.test(path)
    )
      return false;
    return (
      rooms.includes(path.split('/')[0] ?? '') ||
      endings.has(/\.\w+$/.exec(path)?.[0] ?? '') ||
      path.endsWith('/')
    );
  });
}

function exists(path: string): boolean {
  const bare = path.replace(/\/$/, '');
  const is = (known: string) => known === bare || known.endsWith(`/${bare}`);
  return tracked.some(is) || [...folders].some(is);
}

describe('decision records', () => {
  it.each(names)('%s has the one form', (name) => {
    const number = name.slice(0, 4);
    const text = read(`${FOLDER}/${name}`);
    expect(name).toMatch(/^\d{4}-[a-z0-9-]+\.md$/);
    expect(text).toMatch(
      new RegExp(
        `^# ${number}: .+\\n\\nStatus: (accepted|superseded by \\d{4}), \\d{4}-\\d\\d-\\d\\d\\n\\n## Context\\n`,
      ),
    );
    const parts = text
      .replace(/^```[^]*?^```/gm, '')
      .split(/^(?=## )/m)
      .slice(1);
    const headings = parts.map((part) => /^## (.+)$/m.exec(part)?.[1]);
    expect(headings.join(', ')).toMatch(/^Context, Decision, (Evidence, )?Consequences$/);
    for (const part of parts) expect(part.split('\n').slice(1).join('').trim()).not.toBe('');
  });

  it('have a number each', () => {
    const numbers = names.map((name) => name.slice(0, 4));
    expect(numbers.length).toBeGreaterThan(30);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('link to files that exist', () => {
    const dead = names.flatMap((name) =>
      [...read(`${FOLDER}/${name}`).matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
        .map(([, link = '']) => join(FOLDER, link))
        .filter((path) => !tracked.includes(path)),
    );
    expect(dead).toEqual([]);
  });
});

describe('paths in documents', () => {
  it.each(['README.md', ...names.map((name) => `${FOLDER}/${name}`)])('of %s exist', (document) => {
    expect(pathsIn(read(document)).filter((path) => !exists(path))).toEqual([]);
  });

  it('are found, and missed where they do not exist', () => {
    expect(pathsIn('`model-server/src/main.ts` `metrics/source.ts` `bench/` `a / b` `mlops deploy`')).toEqual(
      ['model-server/src/main.ts', 'metrics/source.ts', 'bench/'],
    );
    expect(exists('metrics/source.ts')).toBe(true);
    expect(exists('metrics/no-such-file.ts')).toBe(false);
  });
});
