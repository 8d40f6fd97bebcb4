import { originInWords, originOf } from './origin';
import type { Origin } from './origin';
import { RESULTS, readResult, table, writeResult } from './results';

const NAME = 'platform-up-steps';

export interface StepTime {
  readonly title: string;
  readonly seconds: number;
}

/** Whether caches were empty. */
export type Temperature = 'cold' | 'warm';

type Recorded = Partial<Record<Temperature, Origin & { readonly steps: readonly StepTime[] }>>;

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

/** Records how long each step took in docs/results/platform-up-steps.{json,md}; the other temperature stays. */
export function recordSteps(
  temperature: Temperature,
  steps: readonly StepTime[],
  command: string,
  folder = RESULTS,
): void {
  const all: Recorded = {
    ...readResult(NAME, folder),
    [temperature]: { ...originOf(command), steps },
  };
  const parts = Object.entries(all).map(([name, each]) => {
    const rows = each.steps.map(({ title, seconds }) => [title, seconds]);
    return `## ${name}\n\n${originInWords(each)}\n\n${table(['step', 'seconds'], rows)}\n`;
  });
  const title =
    '# Seconds per step of `make up`\n\nSteps of one group run side by side: their seconds do not add up.\n';
  writeResult(NAME, all, [title, ...parts].join('\n'), folder);
}
