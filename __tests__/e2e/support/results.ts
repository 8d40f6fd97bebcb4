import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { root } from './platform';

export interface Figure {
  readonly value: number;
  /** What must be reached, in words. */
  readonly aim: string;
  readonly command: string;
  /** ISO date. */
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
}

/** The command whose run produces the figures of the cluster tests. */
export const MEASURED_BY = 'make e2e';

export interface StepTime {
  readonly title: string;
  readonly seconds: number;
}

const folder = join(root, 'docs/results');
const jsonFile = join(folder, 'platform-up.json');

const AIMS: Readonly<Record<string, string>> = {
  up_cold_s: '≤ 1500',
  up_warm_s: '≤ 240',
  test_cold_s: '≤ 300',
  test_warm_s: '≤ 60',
  rollback_p95_s: '≤ 10',
  failed_requests: '0',
  requests: '≥ 50 per second throughout',
  rest_mib: '≤ 2560',
};

/** Writes figures into docs/results/platform-up.{json,md}; figures measured by other commands stay. */
export function record(figures: Readonly<Record<string, number>>, command: string): void {
  const known = existsSync(jsonFile)
    ? (JSON.parse(readFileSync(jsonFile, 'utf8')) as Record<string, Figure>)
    : {};
  const context = {
    command,
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
    machine: machine(),
  };
  for (const [key, value] of Object.entries(figures)) {
    known[key] = { value: Math.round(value * 100) / 100, aim: AIMS[key] ?? '–', ...context };
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(jsonFile, `${JSON.stringify(known, null, 2)}\n`);
  const rows = Object.entries(known).map(
    ([key, each]) =>
      `| ${key} | ${String(each.value)} | ${each.aim} | \`${each.command}\` | ${each.date} | ${each.commit.slice(0, 10)} | ${each.machine} |`,
  );
  const header =
    '| figure | value | aim | measured by | date | commit | machine |\n|---|---|---|---|---|---|---|';
  writeFileSync(
    join(folder, 'platform-up.md'),
    `# The platform coming up, and going back\n\n${header}\n${rows.join('\n')}\n`,
  );
}

function commit(): string {
  return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
}

function machine(): string {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const system = /PRETTY_NAME="(.+)"/.exec(release)?.[1] ?? process.platform;
  return `${String(cpus().length)} cores, ${String(Math.round(totalmem() / 1024 ** 3))} GiB, ${system}, shared`;
}

/** Writes docs/results/platform-up-steps.md: how long each step takes from nothing, and with all caches filled. */
export function recordSteps(cold: readonly StepTime[], warm: readonly StepTime[], command: string): void {
  const titles = [...new Set([...cold, ...warm].map(({ title }) => title))];
  const secondsOf = (steps: readonly StepTime[], title: string) =>
    steps.find((step) => step.title === title)?.seconds.toString() ?? '–';
  const rows = titles.map((title) => `| ${title} | ${secondsOf(cold, title)} | ${secondsOf(warm, title)} |`);
  const date = new Date().toISOString().slice(0, 10);
  const text = `# Seconds per step of \`make up\`

Measured by \`${command}\` on ${date} at commit ${commit().slice(0, 10)}: ${machine()}.
Steps of one group run side by side, so their seconds do not add up.

| step | cold | warm |
|---|---|---|
${rows.join('\n')}
`;
  writeFileSync(join(folder, 'platform-up-steps.md'), text);
}
