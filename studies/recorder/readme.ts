import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Figure } from './results';
import { RESULTS, readResult, table } from './results';

type Figures = Readonly<Record<string, Figure>>;
type Cells = readonly string[];

interface Spread {
  readonly median: number;
}

/** What is quoted of docs/results/model-server.json. */
interface Bench {
  readonly servers: Readonly<
    Record<
      string,
      {
        readonly title: string;
        readonly single_row_per_second: Spread;
        readonly single_row_cpu_us: Spread;
        readonly p99_ms_at_500: Spread;
        readonly batch1024_rows_per_second: Spread;
        readonly batch1024_binary_rows_per_second: Spread | null;
        readonly rss_mb_finished: number;
        readonly cold_start_ms: Spread;
      }
    >
  >;
}

const PLATFORM: Readonly<Record<string, string>> = {
  up_cold_s: '`make up` from nothing, seconds',
  up_warm_s: '`make up` with filled caches, seconds',
  test_cold_s: '`make test` in a fresh clone with empty caches, seconds',
  test_warm_s: '`make test` again, seconds',
  rollback_p95_s: 'rollback, command to last answer of the old version, p95 of 10, seconds',
  failed_requests: 'failed requests over training, deployment and ten rollbacks',
  requests: 'requests sent meanwhile',
  rest_mib: 'platform at rest, Kubernetes included, MiB',
};

/** README.md with the figures that docs/results holds. @throws {Error} where a table that quotes them is not in it. */
export function withRecordedFigures(readme: string): string {
  const figures = read('platform-up') as Figures;
  const rows = Object.entries(PLATFORM).flatMap(([key, title]) => {
    const figure = figures[key];
    return figure === undefined ? [] : [[title, number(figure.value), figure.aim, `\`${figure.command}\``]];
  });
  const handbook = /^\| model \|.*\n(?:\|.*\n)+/m.exec(
    readFileSync(join(RESULTS, 'handbook.md'), 'utf8'),
  )?.[0];
  const replaced = [
    table(['figure', 'measured', 'aim', 'command'], rows),
    table(SERVER_COLUMNS, servers()),
    handbook?.trimEnd() ?? '',
  ].reduce(replaceTable, readme);
  return withMeasuredTests(replaced, measuredByCommand(figures));
}

const SERVER_COLUMNS = [
  'server',
  'req/s, 1 row',
  'CPU µs/req',
  'p99 ms at 500/s',
  'rows/s, batch 1024',
  'binary',
  'RSS MB',
  'start ms',
];

function servers(): Cells[] {
  return Object.entries((read('model-server') as Bench).servers).map(([id, server]) => [
    id === 'own' ? `**${server.title}**` : server.title,
    number(server.single_row_per_second.median),
    number(server.single_row_cpu_us.median),
    server.p99_ms_at_500.median.toFixed(2),
    number(server.batch1024_rows_per_second.median),
    server.batch1024_binary_rows_per_second === null
      ? '–'
      : number(server.batch1024_binary_rows_per_second.median),
    server.rss_mb_finished.toFixed(0),
    number(Math.round(server.cold_start_ms.median)),
  ]);
}

/** The last column of the table of test commands. */
function measuredByCommand(figures: Figures): Readonly<Record<string, string>> {
  const value = (key: string) => number(figures[key]?.value ?? Number.NaN);
  const counts = (name: string) => read(name) as Readonly<Record<string, number>>;
  const linked = (text: string, name: string) => `${text} ([${name}.md](docs/results/${name}.md))`;
  const { tests = NaN, failures = NaN } = counts('model-server-conformance');
  const fuzz = counts('model-server-fuzz');
  const drain = counts('model-server-drain');
  const own = (read('model-server') as Bench).servers.own;
  return {
    '`make test`': `${value('test_cold_s')} s with empty caches, ${value('test_warm_s')} s again`,
    '`make e2e`': `rollback ${value('rollback_p95_s')} s (p95), ${value('failed_requests')} of ${value('requests')} requests failed, ${value('rest_mib')} MiB at rest`,
    '`make bench`': linked(
      `${number(own?.single_row_per_second.median ?? NaN)} requests a second`,
      'model-server',
    ),
    '`make conformance`': linked(
      `${number(tests)} tests, ${number(failures)} failed`,
      'model-server-conformance',
    ),
    '`make fuzz`': linked(
      `${number(fuzz.cases ?? NaN)} requests, ${number(fuzz.failures ?? NaN)} failed`,
      'model-server-fuzz',
    ),
    '`make drain`': linked(
      `${number(drain.lost_requests ?? NaN)} of ${number(drain.requests ?? NaN)} requests lost`,
      'model-server-drain',
    ),
    '`make measure-up`, `make measure-test`': `up in ${value('up_cold_s')} s, ${value('up_warm_s')} s with filled caches`,
  };
}

function withMeasuredTests(readme: string, measured: Readonly<Record<string, string>>): string {
  return Object.entries(measured).reduce((text, [command, cell]) => {
    const row = new RegExp(`^\\| ${command} \\| ([^|\\n]+) \\| [^|\\n]*\\|$`, 'm');
    if (!row.test(text)) throw new Error(`README.md: no row of tests for ${command}`);
    return text.replace(row, (_, what: string) => `| ${command} | ${what} | ${cell} |`);
  }, readme);
}

/** Replaces the table with the same header. */
function replaceTable(readme: string, replacement: string): string {
  const [header = ''] = replacement.split('\n');
  const start = readme.indexOf(`${header}\n`);
  if (start === -1) throw new Error(`README.md: no table that begins with ${header}`);
  const after = readme.indexOf('\n\n', start);
  return readme.slice(0, start) + replacement + readme.slice(after);
}

function read(name: string): object {
  const result = readResult(name);
  if (result === undefined) throw new Error(`docs/results/${name}.json is missing; its command records it`);
  return result;
}

function number(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 2 });
}
