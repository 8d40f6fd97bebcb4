/** Resolves after the event loop polled its sockets again: work done in pieces lets other requests pass. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
