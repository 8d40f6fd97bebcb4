import { CommandFailed, CommandInterrupted, runCommand } from './command';
import { errors, interrupted } from './errors';

export interface ProcessOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  readonly input?: string;
  /** Called for every line of either stream that is not blank. */
  readonly report?: (line: string) => void;
}

/**
 * Runs a build step and returns its stdout. An abort ends its whole process group.
 * @throws PreparationError commandFailed with the end of the output; interrupted
 */
export async function execute(
  file: string,
  args: readonly string[],
  { report, ...options }: ProcessOptions = {},
): Promise<string> {
  try {
    const { stdout } = await runCommand(file, args, {
      ...options,
      onAbort: 'terminate',
      onLine: (line) => {
        if (line.trim() !== '') report?.(line.trim());
      },
    });
    return stdout;
  } catch (error) {
    if (error instanceof CommandFailed) throw errors.commandFailed(error.command, error.output);
    if (error instanceof CommandInterrupted) throw interrupted();
    throw error;
  }
}
