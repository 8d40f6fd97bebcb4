import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = resolve(import.meta.dirname, '../..');

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<'test' | 'e2e', string>;
};

/** The files that a script of package.json would run, asked of jest itself. */
function filesOf(script: 'test' | 'e2e'): string[] {
  const [program = '', ...args] = scripts[script].split(' ');
  const listed = execFileSync(program, [...args, '--listTests'], { cwd: ROOT, encoding: 'utf8' });
  return listed
    .split('\n')
    .filter((line) => line.endsWith('.ts'))
    .map((file) => relative(ROOT, file))
    .sort();
}

describe('the tests are divided', () => {
  it('into those of npm test, none of which needs a cluster, and those of npm run e2e', () => {
    const [unit, e2e] = [filesOf('test'), filesOf('e2e')];
    expect(unit).toContain('__tests__/docs/runner.test.ts');
    expect(unit.filter((file) => file.startsWith('__tests__/e2e/'))).toEqual([]);
    expect(e2e).toEqual(['__tests__/e2e/e2e.test.ts']);
  }, 60_000);
});
