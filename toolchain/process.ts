import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { errors, interrupted } from './errors';

export interface ProcessOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  readonly input?: string;
  /** Called for every line of either stream. */
  readonly report?: (line: string) => void;
}

/** Lines of a failed command's output that its error carries. */
const TAIL = 25;

/** Patience between SIGTERM and SIGKILL, in milliseconds. */
const GRACE = 5_000;

/**
 * Runs a command to its end and returns what it wrote to stdout.
 * @throws PreparationError commandFailed with the end of the output; interrupted
 */
export async function execute(
  file: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<string> {
  const { cwd, env, signal, input, report } = options;
  if (signal?.aborted) throw interrupted();
  const tail: string[] = [];
  // A process group of its own: Ctrl-C at the terminal reaches only us, and we take down the whole group.
  const child = spawn(file, args, {
    cwd,
    env: { ...process.env, ...env },
    detached: true,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const stop = () => {
    killGroup(child.pid, 'SIGTERM');
    setTimeout(() => {
      killGroup(child.pid, 'SIGKILL');
    }, GRACE).unref();
  };
  signal?.addEventListener('abort', stop, { once: true });
  const take = (line: string) => {
    tail.push(line);
    if (tail.length > TAIL) tail.shift();
    if (line.trim() !== '') report?.(line.trim());
  };
  child.stdin?.end(input);
  const output: string[] = [];
  const both = Promise.all([
    eachLine(child.stdout, (line) => {
      output.push(line);
      take(line);
    }),
    eachLine(child.stderr, take),
  ]);
  try {
    const code = await ended(child);
    await both;
    if (signal?.aborted) throw interrupted();
    if (code !== 0) {
      const command = [file, ...args].join(' ');
      throw errors.commandFailed(command, tail.join('\n') || `no output, exit code ${code ?? 'unknown'}`);
    }
    return output.join('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw errors.commandFailed(file, 'there is no such command');
    }
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

async function eachLine(stream: Readable | null, take: (line: string) => void): Promise<void> {
  if (!stream) return;
  for await (const line of createInterface({ input: stream })) take(line);
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It is gone already.
  }
}
