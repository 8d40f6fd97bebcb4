/** Resolves when the event loop has looked at its sockets once more: long work in pieces lets other requests pass. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
