import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from './root';
import { CHECKS } from './schemathesis';
import { measuredBy } from '../recorder/measurement';

/** The figures of a full run. */
export interface Figures {
  readonly cases: number;
  readonly operations: number;
  readonly failures: number;
  readonly seconds: number;
  /** By `2xx` … `5xx`, as the server counted them. */
  readonly answers: Readonly<Record<string, number>>;
  readonly seed: number;
}

const COMMAND = 'make fuzz';
const FILE = 'docs/results/model-server-fuzz';

/** Writes docs/results/model-server-fuzz.{json,md}. */
export function record(figures: Figures): void {
  const context = measuredBy(COMMAND);
  writeFileSync(
    join(ROOT, `${FILE}.json`),
    `${JSON.stringify({ ...figures, ...context, checks: CHECKS }, null, 2)}\n`,
  );
  writeFileSync(join(ROOT, `${FILE}.md`), page(figures, context));
}

function page(
  { cases, operations, failures, seconds, answers, seed }: Figures,
  { command, date, commit, machine: on }: Record<'command' | 'date' | 'commit' | 'machine', string>,
): string {
  const rows = [
    ['generated cases', String(cases), '≥ 20000'],
    ['failures', String(failures), '0'],
    ['operations', String(operations), 'every one of /openapi.json'],
    ['seconds', String(seconds), '≤ 600'],
    ...Object.entries(answers).map(([status, count]) => [
      `answers ${status}`,
      String(count),
      status === '5xx' ? '0' : '–',
    ]),
  ];
  return `# Generated requests against the model server

Measured by \`${command}\` (schemathesis, seed ${seed}) on ${date} at commit ${commit.slice(0, 10)}: ${on}.

| figure | value | aim |
|---|---|---|
${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}

Checks of every answer: ${CHECKS.map((check) => `\`${check}\``).join(', ')}. A failure
is, too, each 5xx in the server's metrics, each error in its log, and its end.
`;
}
