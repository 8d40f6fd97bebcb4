import { errors } from '../errors';
import { followLogs } from '../logs/follow';
import type { LogLine } from '../logs/line';
import { readLogs } from '../logs/read';
import { describeLine } from '../render/log-line';
import { modelSettings, openSession } from '../session';

export interface LogsOptions {
  readonly request?: string;
  /** Seconds. */
  readonly since: number;
  readonly follow?: boolean;
  readonly json?: boolean;
}

/** What the gateway and the model servers wrote, oldest line first. */
export async function logs(
  signal: AbortSignal,
  model: string | undefined,
  { request, since, follow, json }: LogsOptions,
): Promise<void> {
  const session = openSession(signal);
  if (model !== undefined) modelSettings(session, model);
  const print = (line: LogLine) => {
    console.log(json === true ? JSON.stringify(line) : describeLine(line));
  };
  const filter = {
    ...(model === undefined ? {} : { model }),
    ...(request === undefined ? {} : { request }),
  };
  if (follow === true) return followLogs(session.kubernetes(), since, filter, signal, print);
  const { lines, pods, unread } = await readLogs(session.kubernetes(), since, filter);
  for (const { pod, reason } of unread) console.error(`The log of ${pod} could not be read: ${reason}`);
  if (unread.length === pods.length) throw errors.noLogs(model);
  for (const line of lines) print(line);
  if (lines.length === 0)
    console.error(
      `No line of ${String(pods.length)} pods in the last ${String(since)} s. --since looks further back.`,
    );
}
