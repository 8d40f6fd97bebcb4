import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { killTree } from './kill-tree';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
export let configFile = join(root, '__tests__/e2e/platform.e2e.yaml');
export const name = 'mlops-e2e';
export const gateway = 'http://127.0.0.1:18080';
export const exampleRequest = join(root, 'examples/fraud-request.json');

/** Makes all that follows run against another platform. */
export function useConfig(file: string): void {
  configFile = file;
}

export interface Outcome {
  readonly exitCode: number;
  readonly output: string;
  readonly seconds: number;
}

export interface RunOptions {
  /** Another platform.yaml. */
  readonly config?: string;
  /** Sends SIGINT once, as soon as a line of output matches. */
  readonly interruptAt?: RegExp;
  readonly env?: NodeJS.ProcessEnv;
  /** Sees every line of output as it comes. */
  readonly onLine?: (line: string, child: ChildProcess) => void;
  /**
   * How long it may take; it is then killed with all that it started.
   * @default 40 minutes: everything built from nothing
   */
  readonly seconds?: number;
}

/** What a process left running may hold its output open for, in milliseconds. */
const OUTPUT_GRACE_MS = 2_000;

/** Runs a command of this repository against the e2e platform and shows its output as it comes. */
export function command(file: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const started = Date.now();
  const lines: string[] = [];
  const env = { ...process.env, ...options.env, MLOPS_CONFIG: options.config ?? configFile, CI: 'true' };
  // Jest's own settings must not reach the CLI.
  delete (env as NodeJS.ProcessEnv).NODE_OPTIONS;
  const child = spawn(file, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let interrupted = false;
  const follow = (line: string) => {
    lines.push(line);
    process.stdout.write(`    ${line}\n`);
    options.onLine?.(line, child);
    if (!interrupted && options.interruptAt?.test(line)) {
      interrupted = true;
      child.kill('SIGINT');
    }
  };
  createInterface({ input: child.stdout }).on('line', follow);
  createInterface({ input: child.stderr }).on('line', follow);
  const { seconds = 2_400 } = options;
  return new Promise((resolve, reject) => {
    const end = (code: number | null) => {
      clearTimeout(late);
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ exitCode: code ?? -1, output: lines.join('\n'), seconds: (Date.now() - started) / 1000 });
    };
    const late = setTimeout(() => {
      if (child.pid !== undefined) killTree(child.pid);
      const last = lines.slice(-10).join('\n') || 'nothing';
      reject(
        new Error(
          `waited ${String(seconds)} s for the end of ${[file, ...args].join(' ')}; it printed last:\n${last}`,
        ),
      );
    }, seconds * 1000);
    child.once('error', (error) => {
      clearTimeout(late);
      reject(error);
    });
    child.once('close', end);
    // What outlives it may keep its output open for ever: then there is no `close`.
    child.once('exit', (code) => {
      setTimeout(end, OUTPUT_GRACE_MS, code).unref();
    });
  });
}

/** Runs `./mlops …`. */
export function mlops(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  process.stdout.write(`\n  $ ./mlops ${args.join(' ')}\n`);
  return command(join(root, 'mlops'), args, options);
}

/** Runs `./mlops …`. @throws with all that it printed unless it ends with 0 */
export async function mlopsSucceeds(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const outcome = await mlops(args, options);
  if (outcome.exitCode !== 0)
    throw new Error(`mlops ${args.join(' ')} ended with ${String(outcome.exitCode)}:\n${outcome.output}`);
  return outcome;
}

/** Runs a read command with `--json` and parses what it prints. */
export async function mlopsJson<T>(args: readonly string[], options: RunOptions = {}): Promise<T> {
  const { output } = await mlopsSucceeds([...args, '--json'], options);
  const start = output.search(/^[[{]/m);
  return JSON.parse(output.slice(start)) as T;
}
