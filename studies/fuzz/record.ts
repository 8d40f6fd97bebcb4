import { CHECKS } from './schemathesis';
import { originInWords, originOf } from '../recorder/origin';
import type { Origin } from '../recorder/origin';
import { RESULTS, table, writeResult } from '../recorder/results';

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

const AIMS = {
  cases: '≥ 20000',
  failures: '0',
  operations: 'every one of /openapi.json',
  seconds: '≤ 600',
  'answers 5xx': '0',
};

/** Records a run in model-server-fuzz.{json,md}. */
export function record(figures: Figures, folder = RESULTS): void {
  const origin = originOf('make fuzz');
  const content = { ...figures, ...origin, aims: AIMS, checks: CHECKS };
  writeResult('model-server-fuzz', content, page(figures, origin), folder);
}

function page({ cases, operations, failures, seconds, answers, seed }: Figures, origin: Origin): string {
  const rows = [
    ['generated cases', cases, AIMS.cases],
    ['failures', failures, AIMS.failures],
    ['operations', operations, AIMS.operations],
    ['seconds', seconds, AIMS.seconds],
    ...Object.entries(answers).map(([status, count]) => [
      `answers ${status}`,
      count,
      status === '5xx' ? AIMS['answers 5xx'] : '–',
    ]),
  ];
  return `# Generated requests against the model server

${originInWords(origin)} Schemathesis, seed ${seed}.

${table(['figure', 'value', 'aim'], rows)}

Checks of every answer: ${CHECKS.map((check) => `\`${check}\``).join(', ')}. Each 5xx in the
server's metrics, each error in its log, and its own end count as failures, too.
`;
}
