/**
 * Measures what the README promises about a fresh machine, in a fresh clone with caches of its own, and records it
 * in docs/results/platform-up.{json,md}.
 * usage: measure.ts up | test
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { record, recordSteps, type StepTime } from '../__tests__/e2e/support/results';

const [what] = process.argv.slice(2);
const root = execFileSync('git', ['rev-parse', '--show-toplevel'], { encoding: 'utf8' }).trim();
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

/** Runs a make target of the clone and times it and its steps, as its output shows them. */
async function timed(target: string): Promise<{ seconds: number; steps: readonly StepTime[] }> {
  const steps: StepTime[] = [];
  const started = Date.now();
  const child = spawn('make', target.split(' '), { cwd: clone, env, stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface({ input: child.stdout }).on('line', (line) => {
    console.log(line);
    const step = /^✔ (.+?) \[(?:(\d+)m)?(?:([\d.]+)s)?\]$/.exec(line) ?? /^✓ (.+) \((\d+)( )s\)$/.exec(line);
    if (!step) return;
    const [, title = '', first = '0', second = '0'] = step;
    const seconds = line.startsWith('✔') ? Number(first) * 60 + Number(second) : Number(first);
    steps.push({ title, seconds });
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`make ${target} ended with ${String(code)}`);
  return { seconds: (Date.now() - started) / 1000, steps };
}

try {
  execFileSync('git', ['clone', '--quiet', root, clone]);
  if (what === 'test') {
    record({ test_cold_s: (await timed('test')).seconds }, 'make measure-test');
    record({ test_warm_s: (await timed('test')).seconds }, 'make measure-test');
  } else if (what === 'up') {
    const cold = await timed('up');
    await timed('down');
    const warm = await timed('up');
    await timed('down');
    record({ up_cold_s: cold.seconds, up_warm_s: warm.seconds }, 'make measure-up');
    recordSteps(cold.steps, warm.steps, 'make measure-up');
  } else {
    throw new Error(`measure what? got ${what ?? 'nothing'}, expected up or test`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
