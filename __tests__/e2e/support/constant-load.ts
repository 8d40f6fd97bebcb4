import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { LoadMessage, LoadSummary } from './load';
import { root } from './platform';

export interface ConstantLoad {
  /** When the version answered last, milliseconds since the epoch; undefined when it never did. */
  lastAnswerOf(version: string): number | undefined;
  readonly sent: () => number;
  stop(): Promise<LoadSummary>;
}

/** Starts a load against the gateway and returns once the first answer is in. */
export async function constantLoad(
  url: string,
  requestFile: string,
  perSecond: number,
): Promise<ConstantLoad> {
  const script = join(root, '__tests__/e2e/support/load.ts');
  const child = fork(script, [url, requestFile, String(perSecond)], {
    execArgv: ['--import', 'tsx'],
    cwd: root,
  });
  let lastAnswer: Record<string, number> = {};
  let sent = 0;
  let finish: (summary: LoadSummary) => void;
  const summary = new Promise<LoadSummary>((resolve) => (finish = resolve));
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => {
      reject(new Error(`the load ended with ${String(code)} before its first answer`));
    });
    child.on('message', (message: LoadMessage) => {
      if (message.summary) finish(message.summary);
      if (message.lastAnswer) {
        lastAnswer = message.lastAnswer;
        sent = message.sent ?? sent;
        if (Object.keys(lastAnswer).length > 0) resolve();
      }
    });
  });
  return {
    lastAnswerOf: (version) => lastAnswer[version],
    sent: () => sent,
    stop: () => {
      child.kill('SIGTERM');
      return summary;
    },
  };
}
