import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What a check gives as soon as it no longer throws. A check that hangs is given up at the deadline.
 * @param what completes "… did not come within N s"
 * @throws Error with what was awaited, and how the last check failed
 */
export async function awaited<T>(
  what: string,
  timeout: number,
  check: () => Promise<T>,
  interval = 500,
): Promise<T> {
  const end = performance.now() + timeout;
  let last = 'the check did not end';
  while (performance.now() < end) {
    const over = new AbortController();
    const outcome = await Promise.race([
      check().then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      ),
      sleep(Math.max(0, end - performance.now()), undefined, { signal: over.signal }).catch(() => undefined),
    ]);
    over.abort();
    if (outcome === undefined) break;
    if ('value' in outcome) return outcome.value;
    last = outcome.error instanceof Error ? outcome.error.message : String(outcome.error);
    await sleep(interval);
  }
  throw new Error(`${what} did not come within ${String(timeout / 1000)} s: ${last}`);
}
