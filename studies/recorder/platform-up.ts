import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../__tests__/e2e/support/platform';
import { measuredBy } from './measurement';

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
  const context = measuredBy(command);
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

/** Steps with their seconds, as the task list of `mlops` and scripts/step print them. */
export function stepTimes(output: string): readonly StepTime[] {
  return output.split('\n').flatMap((line) => {
    const listed = /^\s*✔ (.+?) \[(?:(\d+)m)?(?:([\d.]+)s)?\]$/.exec(line);
    if (listed) {
      const [, title = '', minutes = '0', seconds = '0'] = listed;
      // Of what runs side by side, the brackets hold when it ended, the title how long it took.
      const work = /^(.+): ([\d.]+) s of work$/.exec(title);
      return work
        ? [{ title: work[1] ?? title, seconds: Number(work[2]) }]
        : [{ title, seconds: Number(minutes) * 60 + Number(seconds) }];
    }
    const [, title = '', seconds] = /^✓ (.+) \((\d+) s\)$/.exec(line) ?? [];
    return seconds === undefined ? [] : [{ title, seconds: Number(seconds) }];
  });
}

type Temperature = 'cold' | 'warm';

/** Writes how long each step took into docs/results/platform-up-steps.{json,md}; the other temperature stays. */
export function recordSteps(temperature: Temperature, steps: readonly StepTime[], command: string): void {
  const file = join(folder, 'platform-up-steps.json');
  const known = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<Record<Temperature, object>>)
    : {};
  const context = measuredBy(command);
  const all = { ...known, [temperature]: { ...context, steps } };
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
  const parts = Object.entries(all as Record<string, typeof context & { steps: readonly StepTime[] }>).map(
    ([name, each]) => `## ${name}

Measured by \`${each.command}\` on ${each.date} at commit ${each.commit.slice(0, 10)}: ${each.machine}.

| step | seconds |
|---|---|
${each.steps.map(({ title, seconds }) => `| ${title} | ${String(seconds)} |`).join('\n')}
`,
  );
  const title =
    '# Seconds per step of `make up`\n\nSteps of one group run side by side: their seconds do not add up.\n';
  writeFileSync(join(folder, 'platform-up-steps.md'), [title, ...parts].join('\n'));
}
