/**
 * Measures what the README promises about a fresh machine, in a fresh clone with separate caches, and records it
 * in docs/results/platform-up.{json,md}.
 * usage: main.ts up | test
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from '../../contracts/repository';
import { record } from '../recorder/platform-up';
import { recordSteps, stepTimes } from '../recorder/step-times';

const [what] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'mlops-measure-'));
const clone = join(folder, 'clone');
const env = {
  ...process.env,
  CI: 'true',
  MLOPS_CACHE: join(folder, 'cache'),
  npm_config_cache: join(folder, 'npm'),
  UV_CACHE_DIR: join(folder, 'uv'),
  MLOPS_CONFIG: join(clone, '__tests__/e2e/platform.e2e.yaml'),
};

/** Runs a make target of the clone, shows its output, and times it. */
async function timed(target: string): Promise<{ seconds: number; output: string }> {
  const lines: string[] = [];
  const started = Date.now();
  const child = spawn('make', target.split(' '), { cwd: clone, env, stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface({ input: child.stdout }).on('line', (line) => {
    console.log(line);
    lines.push(line);
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`make ${target} ended with ${String(code)}`);
  return { seconds: (Date.now() - started) / 1000, output: lines.join('\n') };
}

try {
  execFileSync('git', ['clone', '--quiet', ROOT, clone]);
  if (what === 'test') {
    record({ test_cold_s: (await timed('test')).seconds }, 'make measure-test');
    record({ test_warm_s: (await timed('test')).seconds }, 'make measure-test');
  } else if (what === 'up') {
    // Each is recorded at once: an hour is lost if a later one fails.
    for (const caches of ['cold', 'warm'] as const) {
      const { seconds, output } = await timed('up');
      record({ [`up_${caches}_s`]: seconds }, 'make measure-up');
      recordSteps(caches, stepTimes(output), 'make measure-up');
      await timed('down');
    }
  } else {
    throw new Error(`measure what? got ${what ?? 'nothing'}, expected up or test`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
