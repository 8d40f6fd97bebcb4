import {
  CommandFailed,
  CommandInterrupted,
  runCommand,
  type CommandOptions,
  type CommandResult,
} from '../../toolchain/command';
import { errors } from './errors';

/**
 * Runs a command; an abort sends it exactly one SIGINT.
 * @throws UserError interrupted, or commandFailed with the end of the output
 */
export async function run(
  file: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  try {
    return await runCommand(file, args, options);
  } catch (error) {
    if (error instanceof CommandFailed)
      throw errors.commandFailed(`\`${error.command}\` failed.`, error.output);
    if (error instanceof CommandInterrupted) throw errors.interrupted();
    throw error;
  }
}
