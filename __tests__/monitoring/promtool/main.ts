import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderRules, ruleGroups } from '../../../monitoring/rules/index';
import { TEST_WINDOW_SECONDS } from './cases/drift';
import { suites } from './cases/index';
import { testFile } from './suite';

// usage: PROMTOOL=path npx tsx __tests__/monitoring/promtool/main.ts [SUITE…]
const promtool = process.env.PROMTOOL ?? 'promtool';
const wanted = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'rules-'));
try {
  const rules = join(folder, 'rules.yaml');
  writeFileSync(rules, renderRules(ruleGroups()));
  const run = (...args: string[]) => {
    execFileSync(promtool, args, { stdio: 'inherit' });
  };
  run('check', 'rules', '--lint=all', '--lint-fatal', rules);
  for (const suite of suites) {
    if (wanted.length > 0 && !wanted.includes(suite.name)) continue;
    const file = join(folder, `${suite.name}.yaml`);
    const part = join(folder, `${suite.name}-rules.yaml`);
    writeFileSync(
      part,
      renderRules(
        // Twelve looks an hour find the same, and take twelve times as long.
        ruleGroups({ drift: { windowSeconds: TEST_WINDOW_SECONDS, lookSeconds: 3_600 } }).filter(({ name }) =>
          suite.groups.includes(name),
        ),
      ),
    );
    writeFileSync(file, testFile(suite, part));
    run('test', 'rules', file);
  }
  const cases = suites.flatMap((suite) => suite.cases);
  const silent = cases.filter(({ firing }) => firing.length === 0).length;
  console.log(`${cases.length} cases: ${cases.length - silent} fire, ${silent} are silent`);
} finally {
  rmSync(folder, { recursive: true });
}
