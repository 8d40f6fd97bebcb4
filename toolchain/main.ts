import { publishModelServer } from './publish';
import {
  cacheFolder,
  ensureBrowser,
  helmUnittest,
  nginxRoot,
  PreparationError,
  preparationTasks,
  prometheus,
  promtool,
  resolveSource,
  runTasks,
  type ImageSource,
  type PreparationOptions,
} from './index';

const USAGE = `usage: npx tsx toolchain/main.ts prepare [--source auto|upstream|packages]
       npx tsx toolchain/main.ts helm-unittest [--source …]   prepares it and prints its path
       npx tsx toolchain/main.ts promtool [--source …]        the same
       npx tsx toolchain/main.ts prometheus [--source …]      the same
       npx tsx toolchain/main.ts nginx-root [--source …]      the same for the archive of the gateway's nginx
       npx tsx toolchain/main.ts browser                      installs chromium unless it is there
       npx tsx toolchain/main.ts publish [--source …]         builds the model server of this checkout, without a
                                                              container engine, and pushes it to $OCI_REGISTRY`;

/** What a command prepares; everything unless said otherwise. */
const COMMANDS: Readonly<Record<string, PreparationOptions>> = {
  prepare: { helmUnittest: true, promtool: true },
  'helm-unittest': { helmUnittest: true, cluster: 'none', images: [] },
  promtool: { promtool: true, cluster: 'none', images: [] },
  prometheus: { prometheus: true, cluster: 'none', images: [] },
  publish: { cluster: 'none', images: [] },
  'nginx-root': { nginxRoot: true, cluster: 'none', images: [] },
  browser: {},
};

/** Seconds since this process started, right-aligned. */
const elapsed = () => `${process.uptime().toFixed(1).padStart(7)} s`;

async function main(args: readonly string[]): Promise<number> {
  const [command = '', flag, setting = 'auto'] = args;
  const options = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  if (options === undefined || (flag !== undefined && flag !== '--source') || !isSetting(setting)) {
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
  if (command === 'publish') return publish(source, say, abort.signal);
  if (command === 'browser') {
    await ensureBrowser({ report: say, signal: abort.signal });
    return 0;
  }
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
  if (command === 'prometheus') console.log(prometheus(source));
  if (command === 'nginx-root') {
    const archive = nginxRoot(source);
    if (archive === undefined) say(`source ${source} has no root-nginx: its nginx image is published whole`);
    else console.log(archive);
  }
  return 0;
}

async function publish(
  source: ImageSource,
  report: (line: string) => void,
  signal: AbortSignal,
): Promise<number> {
  const registry = process.env.OCI_REGISTRY;
  if (registry === undefined) {
    console.error('OCI_REGISTRY is not set.\n  expected: host[:port] of the registry\n  fix:      set it');
    return 2;
  }
  const { name, wasThere } = await publishModelServer(registry, source, { report, signal });
  console.log(wasThere ? `${name} is already published` : `published ${name}`);
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
