import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { errors } from '../errors';
import { readRow, type Row } from './rows';

export interface SourceOptions {
  /** Root of the repository. */
  readonly root: string;
  readonly model: string;
  /** The model's folder, relative to the root. */
  readonly folder: string;
  /** First day, and the day after the last; YYYY-MM-DD. */
  readonly from: string;
  readonly to: string;
  /** From this day on the source follows another pattern. */
  readonly changeAt?: string;
  /** At most so many rows, spread over the period. */
  readonly most: number;
  readonly signal: AbortSignal;
  /** @default .venv/bin/python of the repository */
  readonly python?: string;
}

/** Characters of Python's standard error that are kept for an error. */
const TAIL = 4_000;

/**
 * Rows of the model's own data source, made by the pipeline in the repository's Python environment.
 * @throws UserError pythonMissing, rowsFailed
 */
export async function* sourceRows(options: SourceOptions): AsyncGenerator<Row> {
  const { root, model, folder, from, to, changeAt, most, signal } = options;
  const python = options.python ?? join(root, '.venv/bin/python');
  if (!existsSync(python)) throw errors.pythonMissing(python);
  const period = ['--from', from, '--to', to, '--most', String(most)];
  const change = changeAt === undefined ? [] : ['--set', `source.parameters.change_at=${changeAt}`];
  const args = ['-m', 'pipeline', 'rows', model, '--json', '--folder', folder, ...period, ...change];
  const child = spawn(python, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let tail = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (tail = (tail + text).slice(-TAIL)));
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('close', (code, killed) => {
      resolve(code === 0 ? undefined : (killed ?? `exit code ${String(code)}`));
    });
  });
  const stop = () => child.kill();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const line of createInterface({ input: child.stdout, crlfDelay: Infinity })) {
      const row = readRow(JSON.parse(line));
      if ('problem' in row) throw new Error(`python -m pipeline rows printed ${line.slice(0, 200)}`);
      yield row.row;
    }
    const failure = await ended;
    if (signal.aborted) throw errors.interrupted();
    if (failure !== undefined)
      throw errors.rowsFailed(model, reported(tail) ?? { got: `${failure}: ${tail}` });
  } finally {
    signal.removeEventListener('abort', stop);
    child.kill();
  }
}

export interface PipelineProblem {
  readonly what?: string;
  readonly got: string;
  readonly expected?: string;
  readonly fix?: string;
}

/** The pipeline's own account of what went wrong: its last line of JSON. */
function reported(stderr: string): PipelineProblem | undefined {
  for (const line of stderr.trimEnd().split('\n').reverse()) {
    if (!line.startsWith('{"error"')) continue;
    try {
      return (JSON.parse(line) as { error: PipelineProblem }).error;
    } catch {
      return undefined;
    }
  }
  return undefined;
}
