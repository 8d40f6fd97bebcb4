import { Command, CommanderError } from 'commander';
import { PreparationError } from '../../toolchain/errors';
import { ConfigError } from '../../stacks/shared/errors';
import type { LogsOptions } from './commands/logs';
import { parseDuration } from './duration';
import { numberBetween, parseDay } from './numbers';
import type { TrafficOptions } from './traffic/plan';
import { errors, ExitCode, UserError } from './errors';
import { toUserError } from './releases/words';

const EXIT_CODES = `
Exit codes: 0 ok · 1 failed · 2 invalid command line or platform.yaml · 3 machine requirement not met ·
4 not found or nothing to do · 5 a component does not answer · 6 conflict with another command or owner · 130 interrupted`;

/** Each command is loaded when it is run: the Kubernetes client alone takes longer to load than help takes to print. */
export function program(signal: AbortSignal): Command {
  const mlops = new Command('mlops')
    .description('Train, deploy, inspect and roll back models on your own platform.')
    .addHelpText('after', EXIT_CODES)
    .exitOverride()
    .showHelpAfterError('(run `mlops --help` for the commands)');
  mlops
    .command('up')
    .description('bring the platform up; steps already done are skipped')
    .action(async () => (await import('./commands/up')).up(signal));
  mlops
    .command('down')
    .description('remove the platform and all its data')
    .option('--purge', 'remove cached tools and images too')
    .action(async (options: { purge?: boolean }) => (await import('./commands/down')).down(signal, options));
  mlops
    .command('status')
    .description('show what runs, since when, its training data, quality, drift and error budget')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) =>
      (await import('./commands/status')).status(signal, options),
    );
  mlops
    .command('open')
    .description('print addresses and credentials of the components')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => (await import('./commands/open')).open(signal, options));
  mlops
    .command('train')
    .description('train a model in the cluster and register the version')
    .argument('<model>')
    .option('--as-of <date>', 'use data up to this day (YYYY-MM-DD)')
    .option('--set <key=value...>', 'override a value of model.yaml for this run')
    .option('--local', 'without the CI: start the Job directly')
    .option('--json', 'print the result as JSON')
    .action(
      async (model: string, options: { asOf?: string; set?: string[]; json?: boolean; local?: boolean }) =>
        (await import('./commands/train')).train(signal, model, options),
    );
  mlops
    .command('deploy')
    .description('put a registered version into service')
    .argument('<model@version>')
    .option(
      '--canary',
      "by the steps of the model's plan in platform.yaml, shown to its end; Ctrl-C ends the showing",
    )
    .action(async (modelVersion: string, options: { canary?: boolean }) =>
      (await import('./commands/deploy')).deploy(signal, modelVersion, options),
    );
  mlops
    .command('rollback')
    .description('go back to the version that served before')
    .argument('<model>')
    .option('--to <version>', 'a specific earlier version')
    .action(async (model: string, options: { to?: string }) =>
      (await import('./commands/rollback')).rollback(signal, model, options),
    );
  mlops
    .command('history')
    .description('show which version served when, who deployed it, and on what evidence')
    .argument('<model>')
    .option('--json', 'print JSON')
    .action(async (model: string, options: { json?: boolean }) =>
      (await import('./commands/history')).history(signal, model, options),
    );
  mlops
    .command('diff')
    .description('show where the gateway, the pods, MLflow or Terraform differ from the release list')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => (await import('./commands/diff')).diff(signal, options));
  mlops
    .command('reconcile')
    .description('make training and serving what this checkout and the release list say')
    .action(async () => (await import('./commands/reconcile')).reconcile(signal));
  const list = mlops
    .command('builds')
    .description('show the builds of the CI')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) =>
      (await import('./commands/builds')).builds(signal, options),
    );
  list
    .command('log')
    .description('print what a build printed, and follow it while it runs')
    .argument('<id>')
    .action(async (id: string) => (await import('./commands/builds')).buildLog(signal, id));
  mlops
    .command('labels')
    .description('bring labels: what predictions turned out to be')
    .command('import')
    .description('store the labels of a file; CSV with a header, or JSON Lines')
    .argument('<file>', 'columns prediction_id, label and source; row and predicted_at if you have them')
    .option('--model <model>', 'whose predictions; needed with several models')
    .option('--json', 'print the result as JSON')
    .action(async (file: string, options: { model?: string; json?: boolean }) =>
      (await import('./commands/labels')).importFile(signal, file, options),
    );
  mlops
    .command('logs')
    .description('show what the gateway and the model servers wrote, oldest line first')
    .argument('[model]')
    .option('--request <id>', 'only lines about a request: its request, prediction or trace id')
    .option('--since <time>', 'how far to look back, such as 90s, 10m, 2h or 1d', parseDuration, 600)
    .option('--follow', 'go on with new lines until Ctrl-C')
    .option('--json', 'print one JSON object a line')
    .action(async (model: string | undefined, options: LogsOptions) =>
      (await import('./commands/logs')).logs(signal, model, options),
    );
  mlops
    .command('trace')
    .description('follow a prediction back to pod, image, run, data and commit')
    .argument('<prediction-id>')
    .option('--json', 'print JSON')
    .action(async (id: string, options: { json?: boolean }) =>
      (await import('./commands/trace')).trace(signal, id, options),
    );
  mlops
    .command('traffic')
    .description("replay the model's data source as live requests, and its labels late")
    .argument('<model>')
    .option('--rate <n>', 'requests a second, at most 500', numberBetween(0.1, 500), 50)
    .option('--seconds <s>', 'how long, at most 3600', numberBetween(1, 3_600), 60)
    .option(
      '--compress <n>',
      'divides the label delay of model.yaml (default: as the days of the period fit into --seconds)',
      numberBetween(1, 1e9),
    )
    .option('--from <day>', 'first day of the period, YYYY-MM-DD (default: it ends yesterday)', parseDay)
    .option('--days <n>', 'days of the period (default: twice the label delay)', numberBetween(1, 92, true))
    .option('--change-at <day>', 'from this day on the source follows another pattern', parseDay)
    .option('--file <file>', 'replay this file instead: JSON Lines of {at, features, label}, or CSV')
    .option('--json', 'print the result as JSON')
    .action(async (model: string, options: TrafficOptions) =>
      (await import('./commands/traffic')).traffic(signal, model, options),
    );
  const cluster = mlops.command('cluster', { hidden: true }).description('used by the cluster stack');
  cluster.command('ensure').action(async () => (await import('./commands/cluster')).clusterEnsure(signal));
  cluster
    .command('remove')
    .requiredOption('--name <name>')
    .action(async ({ name }: { name: string }) =>
      (await import('./commands/cluster')).clusterRemove(signal, name),
    );
  return mlops;
}

/** Runs one command line. @returns the exit code */
export async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
  try {
    await program(signal).parseAsync([...args], { from: 'user' });
    return ExitCode.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    const known = toUserError(error);
    if (known instanceof UserError) return fail(known);
    if (signal.aborted) return fail(errors.interrupted());
    if (error instanceof PreparationError) {
      console.error(`\n${error.message}`);
      return error.kind === 'commandFailed' ? ExitCode.unexpected : ExitCode.environment;
    }
    if (error instanceof ConfigError) {
      console.error(error.message);
      return ExitCode.usage;
    }
    console.error(error);
    return ExitCode.unexpected;
  }
}

function fail(error: UserError): number {
  console.error(`\n${error.message}`);
  return error.exitCode;
}
