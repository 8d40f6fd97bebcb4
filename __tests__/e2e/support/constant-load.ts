import { fork } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ratios, type Spread } from '../../../studies/bench/statistics';
import { within } from '../../support/within';
import type { LoadMessage, LoadSummary } from './load';
import { exampleRequest, gateway, root } from './platform';

export interface ConstantLoad {
  /** When the version answered last, milliseconds since the epoch; undefined when it never did. */
  lastAnswerOf(version: string): number | undefined;
  readonly sent: () => number;
  stop(): Promise<LoadSummary>;
}

/** How long the first answer may take, and the end: ten seconds for the last answers, on a busy machine. */
const FIRST_SECONDS = 60;
const END_SECONDS = 60;

/**
 * Starts a load against the gateway and returns once the first answer is in.
 * @throws Error with what failed, when no request is answered with 200
 */
export async function constantLoad(
  url: string,
  requestFile: string,
  perSecond: number,
  firstSeconds = FIRST_SECONDS,
): Promise<ConstantLoad> {
  const script = join(root, '__tests__/e2e/support/load.ts');
  const child = fork(script, [url, requestFile, String(perSecond)], {
    execArgv: ['--import', 'tsx'],
    cwd: root,
  });
  let last: LoadMessage = {};
  const seen = () =>
    `${String(last.sent ?? 0)} sent, ${String(last.failed ?? 0)} failed; the last one: ${last.lastFailure ?? 'none'}`;
  const summary = new Promise<LoadSummary>((resolve, reject) => {
    child.once('exit', (code) => {
      // Its last message may be read after it has ended.
      setTimeout(() => {
        reject(new Error(`the load ended with ${String(code)} and without a summary; ${seen()}`));
      }, 1000).unref();
    });
    child.once('error', reject);
    child.on('message', (message: LoadMessage) => {
      if (message.summary) resolve(message.summary);
      else last = message;
    });
  });
  // Whoever stops the load is told.
  summary.catch(() => undefined);
  const first = async () => {
    while (Object.keys(last.lastAnswer ?? {}).length === 0) await Promise.race([sleep(50), summary]);
  };
  try {
    await within(firstSeconds, `the first answer with 200 of ${url} to the load`, first, seen);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return {
    lastAnswerOf: (version) => last.lastAnswer?.[version],
    sent: () => last.sent ?? 0,
    stop: () => {
      child.kill('SIGTERM');
      return within(END_SECONDS, 'the summary of the load', () => summary, seen);
    },
  };
}

/** The example request, so often a second, for so many seconds. */
export async function exampleLoad(perSecond: number, seconds: number): Promise<LoadSummary> {
  const load = await constantLoad(`${gateway}/v2/models/fraud/infer`, exampleRequest, perSecond);
  await sleep(seconds * 1000);
  return load.stop();
}

/** The p99 of each load to that of its twin in the same rotation. */
export function p99Ratios(loads: readonly LoadSummary[], twins: readonly LoadSummary[]): Spread {
  const p99 = (each: readonly LoadSummary[]) => each.map(({ p99Ms }) => p99Ms);
  return ratios(p99(loads), p99(twins));
}
