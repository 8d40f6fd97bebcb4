import { execa } from 'execa';

export interface CommandOptions {
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  readonly input?: string;
  /** Called for every line of either stream. */
  readonly onLine?: (line: string) => void;
  /** Exit codes that are answers rather than failures. @default [0] */
  readonly allow?: readonly number[];
  /**
   * What an abort does. `interrupt` sends exactly one SIGINT and waits for a clean exit: Terraform
   * takes a second one as an order to drop its state. `terminate` ends the whole process group, eventually with SIGKILL.
   * @default 'interrupt'
   */
  readonly onAbort?: 'interrupt' | 'terminate';
  /** Patience between SIGTERM and SIGKILL, in milliseconds. @default 5000 */
  readonly grace?: number;
}

export interface CommandResult {
  readonly stdout: string;
  readonly exitCode: number;
}

/** A command did not start, or its exit code means failure. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';

  constructor(
    /** The command line. */
    readonly command: string,
    /** The end of what it printed, or why it did not start. */
    readonly output: string,
  ) {
    super(`\`${command}\` failed:\n${output}`);
  }
}

/** The caller's signal ended the command, or prevented its start. */
export class CommandInterrupted extends Error {
  override readonly name = 'CommandInterrupted';

  constructor(command: string) {
    super(`\`${command}\` was interrupted`);
  }
}

/** How many of the last output lines an error carries. */
const TAIL = 25;

/**
 * Runs a command in a separate process group: Ctrl-C at the terminal reaches only this process, which
 * decides what happens to the command.
 * @throws CommandFailed, CommandInterrupted
 */
export async function runCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { cwd, env, signal, input, onLine, allow = [0], onAbort = 'interrupt', grace = 5_000 } = options;
  const command = [file, ...args].join(' ');
  if (signal?.aborted) throw new CommandInterrupted(command);
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
  const stop = () => {
    if (onAbort === 'interrupt') child.kill('SIGINT');
    else terminateGroup(child.pid, grace);
  };
  signal?.addEventListener('abort', stop, { once: true });
  const tail: string[] = [];
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
    if (signal?.aborted) throw new CommandInterrupted(command);
    const exitCode = result.exitCode ?? -1;
    if (!allow.includes(exitCode)) {
      throw new CommandFailed(command, tail.join('\n') || (result.shortMessage ?? 'no output'));
    }
    return { stdout: result.stdout, exitCode };
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

function terminateGroup(pid: number | undefined, grace: number): void {
  if (pid === undefined) return;
  killGroup(pid, 'SIGTERM');
  setTimeout(() => {
    killGroup(pid, 'SIGKILL');
  }, grace).unref();
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has already exited.
  }
}
