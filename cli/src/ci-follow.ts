import { setTimeout as sleep } from 'node:timers/promises';
import type { Ci, CiBuild } from './ci';
import { errors } from './errors';

const POLL_MS = 1_000;

/**
 * Follows a request through its attempts to the end. An interrupt also cancels it.
 * @returns the last lines of the attempt that succeeded
 * @throws UserError buildFailed, interrupted, unavailable
 */
export async function followRequest(
  ci: Ci,
  request: number,
  signal: AbortSignal,
  onLine: (line: string) => void,
): Promise<readonly string[]> {
  let seen = new Map<number, number>();
  let lines: string[] = [];
  let current: CiBuild | undefined;
  onLine('waiting for a runner');
  for (;;) {
    if (signal.aborted) {
      await ci.cancel(request, 'interrupted').catch(() => undefined);
      throw errors.interrupted();
    }
    const attempts = await ci.attempts(request);
    const newest = attempts.at(-1);
    if (newest !== undefined) {
      if (newest.id !== current?.id) {
        if (current !== undefined) onLine(attempts.at(-2)?.state ?? 'once more');
        seen = new Map();
        lines = [];
      }
      current = newest;
      for (const line of await ci.lines(newest.id, seen)) {
        lines.push(line);
        onLine(line);
      }
      if (newest.outcome === 'success' || newest.outcome === 'warnings') return lines;
      if (newest.outcome !== undefined && newest.outcome !== 'retry') {
        throw errors.buildFailed(nameOf(newest), newest.outcome, reasonOf(newest, lines), newest.id);
      }
    }
    await sleep(POLL_MS);
  }
}

export function nameOf({ builder, number }: CiBuild): string {
  return `${builder}/${String(number)}`;
}

/** A command's own words where it ended by itself; the CI's where it did not. */
function reasonOf({ outcome, state }: CiBuild, lines: readonly string[]): string {
  return outcome === 'failure' ? lines.slice(-15).join('\n') || state : state;
}
