import {
  cacheFolder,
  helmUnittest,
  PreparationError,
  preparationTasks,
  promtool,
  resolveSource,
  runTasks,
  type ImageSource,
} from './index';

const USAGE = `usage: npx tsx toolchain/main.ts prepare [--source auto|upstream|packages]
       npx tsx toolchain/main.ts helm-unittest [--source …]   prepares it and prints its path
       npx tsx toolchain/main.ts promtool [--source …]        the same`;

/** Seconds since this process started, right-aligned. */
const elapsed = () => `${process.uptime().toFixed(1).padStart(7)} s`;

async function main(args: readonly string[]): Promise<number> {
  const [command, flag, setting = 'auto'] = args;
  const known = command === 'prepare' || command === 'helm-unittest' || command === 'promtool';
  if (!known || (flag !== undefined && flag !== '--source') || !isSetting(setting)) {
    console.error(USAGE);
    return 2;
  }
  const { source, why } = resolveSource(setting);
  const say = (line: string) => {
    console.error(`${elapsed()}  ${line}`);
  };
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      abort.abort();
    });
  }
  const options =
    command === 'prepare'
      ? { helmUnittest: true, promtool: true }
      : {
          helmUnittest: command === 'helm-unittest',
          promtool: command === 'promtool',
          cluster: false,
          images: [],
        };
  const tasks = preparationTasks(source, options);
  if (command === 'prepare')
    say(`source ${source}: ${why}; ${String(tasks.length)} tasks, kept in ${cacheFolder()}`);
  await runTasks(tasks, abort.signal, {
    started: ({ title }) => {
      say(`start   ${title}`);
    },
    finished: ({ title }, seconds) => {
      say(seconds === undefined ? `there   ${title}` : `done    ${title}: ${seconds.toFixed(1)} s`);
    },
  });
  if (command === 'helm-unittest') console.log(helmUnittest(source));
  if (command === 'promtool') console.log(promtool(source));
  return 0;
}

function isSetting(text: string): text is 'auto' | ImageSource {
  return ['auto', 'upstream', 'packages'].includes(text);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof PreparationError)) throw error;
  console.error(error.message);
  process.exitCode = error.kind === 'interrupted' ? 130 : 3;
}
