import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

import { ROOT } from '../../contracts/repository';
import { shardsOf } from './plan';
import type { Plan, Shard } from './plan';

/** What must hold for every answer. */
export const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
  'unsupported_method',
  'allow_header_conformance',
];

/** Where a run finds and leaves things. */
export interface Surroundings {
  /** Of the server, without a path. */
  readonly address: string;
  /** For reports. */
  readonly folder: string;
  /** The schemathesis program. */
  readonly executable: string;
}

export interface Found {
  readonly cases: number;
  readonly operations: number;
  readonly failures: number;
}

interface Report {
  readonly complete: boolean;
  readonly operations: { readonly tested: number };
  readonly test_cases: {
    readonly generated: number;
    readonly with_failures: number;
    readonly errored: number;
  };
  readonly errors: readonly { readonly title: string; readonly count: number }[];
}

/** Runs every shard, as many at a time as there are cores. */
export async function runShards({ cases, seed }: Plan, surroundings: Surroundings): Promise<Found> {
  const shards = [...shardsOf(await operationIds(surroundings.address), cases)];
  const reports: Report[] = [];
  const lane = async (): Promise<void> => {
    for (let shard = shards.shift(); shard !== undefined; shard = shards.shift())
      reports.push(await runShard(shard, seed, surroundings));
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), shards.length) }, lane));
  const sum = (count: (report: Report) => number) => reports.reduce((total, each) => total + count(each), 0);
  return {
    cases: sum(({ test_cases }) => test_cases.generated),
    operations: sum(({ operations }) => operations.tested),
    failures: sum(
      ({ complete, test_cases, errors }) =>
        test_cases.with_failures + test_cases.errored + errors.length + (complete ? 0 : 1),
    ),
  };
}

async function operationIds(address: string): Promise<string[]> {
  const answer = await fetch(`${address}/openapi.json`);
  const { paths } = (await answer.json()) as {
    paths: Record<string, Record<string, { operationId: string }>>;
  };
  return Object.values(paths).flatMap((item) => Object.values(item).map(({ operationId }) => operationId));
}

async function runShard(
  { name, operations, casesPerOperation }: Shard,
  seed: number,
  { address, folder, executable }: Surroundings,
): Promise<Report> {
  const file = join(folder, `${name}.json`);
  const child = spawn(
    executable,
    [
      ...['--config-file', join(ROOT, 'studies/fuzz/schemathesis.toml')],
      'run',
      `${address}/openapi.json`,
      ...operations.flatMap((id) => ['--include-operation-id', id]),
      ...['--phases', 'examples,coverage,fuzzing'],
      ...['--max-examples', String(casesPerOperation)],
      ...['--checks', CHECKS.join(',')],
      ...['--seed', String(seed)],
      ...['--report', 'json', '--report-json-path', file],
      ...['--generation-database', 'none', '--suppress-health-check', 'all', '--warnings', 'off'],
      '--continue-on-failure',
    ],
    {
      cwd: folder,
      env: {
        ...process.env,
        SCHEMATHESIS_HOOKS: 'hooks',
        PYTHONPATH: join(ROOT, 'studies/fuzz'),
        NO_COLOR: '1',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) console.log(output);
  return readReport(file, output);
}

function readReport(file: string, output: string): Report {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch (error) {
    throw new Error(`schemathesis left no report: ${output.slice(-2000)}`, { cause: error });
  }
}
