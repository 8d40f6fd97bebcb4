/** Resolves after the event loop polled its sockets again: work done in pieces lets other requests pass. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

let last: Promise<void> = Promise.resolve();

/**
 * A turn of one's own, for work of many milliseconds that cannot be done in pieces: those who wait at the same time get
 * theirs one after the other, with the sockets polled in between.
 */
export function longTurn(): Promise<void> {
  last = last.then(turn);
  return last;
}

/** JSON from this size on takes milliseconds to parse. */
export const LONG_BYTES = 64 * 1024;
