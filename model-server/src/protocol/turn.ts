const waiting: (() => void)[] = [];

/**
 * Resolves after the event loop polled its sockets again: work done in pieces lets other requests pass. One piece per
 * poll, whoever waits: sixty large batches at once would otherwise do sixty pieces before a health check is read.
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(next);
  });
}

function next(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(next);
}

/** JSON from this size on is parsed in a turn of its own. */
export const LONG_BYTES = 16 * 1024;
