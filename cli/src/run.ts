import { execa } from 'execa';
import { errors } from './errors';

export interface RunOptions {
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  readonly input?: string;
  /** Called for every line the command prints, to either stream. */
  readonly onLine?: (line: string) => void;
  /** Exit codes that are answers rather than failures. @default [0] */
  readonly allow?: readonly number[];
}

export interface RunResult {
  readonly stdout: string;
  readonly exitCode: number;
}

/** Lines of a failed command's output that an error carries. */
const TAIL = 25;

/**
 * Runs a command in a process group of its own: a Ctrl-C at the terminal then reaches only `mlops`, which
 * passes on exactly one SIGINT. Terraform takes a second one as an order to drop its state.
 * @throws UserError interrupted, or commandFailed with the end of the output
 */
export async function run(
  file: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const { cwd, env, signal, input, onLine, allow = [0] } = options;
  if (signal?.aborted) throw errors.interrupted();
  const tail: string[] = [];
  const child = execa(file, args, {
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
    detached: true,
    cleanup: true,
    all: true,
    reject: false,
    forceKillAfterDelay: false,
  });
  const stop = () => child.kill('SIGINT');
  signal?.addEventListener('abort', stop, { once: true });
  const followed = (async () => {
    for await (const line of child.iterable({ from: 'all' })) {
      tail.push(line);
      if (tail.length > TAIL) tail.shift();
      onLine?.(line);
    }
  })();
  try {
    const result = await child;
    await followed.catch(() => undefined);
    if (signal?.aborted) throw errors.interrupted();
    const exitCode = result.exitCode ?? -1;
    if (!allow.includes(exitCode)) {
      const why = tail.length > 0 ? tail.join('\n') : (result.shortMessage ?? 'no output');
      throw errors.commandFailed(`\`${[file, ...args].join(' ')}\` failed.`, why);
    }
    return { stdout: result.stdout, exitCode };
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
