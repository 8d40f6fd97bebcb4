import { setTimeout as sleep } from 'node:timers/promises';

export type Phase = 'starting' | 'ready' | 'draining';

/** Lifecycle phase. Only `ready` is reported as ready; `draining` still answers. */
export class Lifecycle {
  private current: Phase = 'starting';
  private readonly listeners: (() => void)[] = [];

  get phase(): Phase {
    return this.current;
  }

  ready(): void {
    if (this.current === 'starting') this.become('ready');
  }

  drain(): void {
    this.become('draining');
  }

  /** Calls back after every change. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  private become(phase: Phase): void {
    this.current = phase;
    for (const listener of this.listeners) listener();
  }
}

/** What draining needs from a transport. */
export interface Drainable {
  /** Stops accepting, closes idle connections, resolves when the last request is answered. */
  close(): Promise<unknown>;
  /** Closes remaining connections. */
  closeAllConnections(): void;
}

/** Drains several transports as one. */
export function together(servers: readonly Drainable[]): Drainable {
  return {
    close: () => Promise.all(servers.map((server) => server.close())),
    closeAllConnections() {
      for (const server of servers) server.closeAllConnections();
    },
  };
}

/**
 * Stops the server without losing a request: reports not ready at once, keeps answering for `drainSeconds` while load
 * balancers notice, then finishes requests in flight.
 *
 * @returns false if requests were still in flight after `finishSeconds` and their connections were closed.
 */
export async function drain(
  lifecycle: Lifecycle,
  server: Drainable,
  { drainSeconds, finishSeconds }: { readonly drainSeconds: number; readonly finishSeconds: number },
): Promise<boolean> {
  lifecycle.drain();
  await sleep(drainSeconds * 1000);
  const closed = server.close().then(() => true);
  const deadline = new AbortController();
  const late = sleep(finishSeconds * 1000, false, { signal: deadline.signal });
  // Node checks no timeouts after close(): without this deadline, an incomplete request would block the process forever.
  const finished = await Promise.race([closed, late]);
  if (!finished) server.closeAllConnections();
  late.catch(() => undefined);
  deadline.abort();
  await closed;
  return finished;
}
