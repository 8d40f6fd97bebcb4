import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

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
}

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
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ exitCode: code ?? -1, output: lines.join('\n'), seconds: (Date.now() - started) / 1000 });
    });
  });
}

/** Runs `./mlops …`. */
export function mlops(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  process.stdout.write(`\n  $ ./mlops ${args.join(' ')}\n`);
  return command(join(root, 'mlops'), args, options);
}

/** Runs `./mlops …`. @throws with all that it printed unless it ends with 0 */
export async function mlopsSucceeds(args: readonly string[]): Promise<Outcome> {
  const outcome = await mlops(args);
  if (outcome.exitCode !== 0)
    throw new Error(`mlops ${args.join(' ')} ended with ${String(outcome.exitCode)}:\n${outcome.output}`);
  return outcome;
}

/** Runs a read command with `--json` and parses what it prints. */
export async function mlopsJson<T>(args: readonly string[]): Promise<T> {
  const { output } = await mlopsSucceeds([...args, '--json']);
  const start = output.search(/^[[{]/m);
  return JSON.parse(output.slice(start)) as T;
}
