import { setTimeout as sleep } from 'node:timers/promises';

/** How often a server is asked whether it is ready. */
const PROBE_MS = 50;

/**
 * What a Kubernetes service does for its pods: new connections go to those that say they are ready. It learns only by
 * asking, so for a moment it also sends them to one that has just begun to drain.
 */
export class Service {
  private readonly ready = new Map<number, boolean>();
  private turn = 0;

  add(port: number): void {
    this.ready.set(port, false);
  }

  remove(port: number): void {
    this.ready.delete(port);
  }

  isReady(port: number): boolean {
    return this.ready.get(port) ?? false;
  }

  /** The next of the ready ones by turns. @throws {Error} where there is none. */
  connectTo(): number {
    const ports = [...this.ready].filter(([, ready]) => ready).map(([port]) => port);
    const port = ports[this.turn++ % ports.length];
    if (port === undefined) throw new Error('no server is ready');
    return port;
  }

  /** Asks until it is stopped. */
  async watch(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      await Promise.all([...this.ready.keys()].map((port) => this.probe(port)));
      await sleep(PROBE_MS);
    }
  }

  private async probe(port: number): Promise<void> {
    const ok = await fetch(`http://127.0.0.1:${port}/v2/health/ready`, {
      headers: { connection: 'close' },
    }).then(
      (answer) => answer.ok,
      () => false,
    );
    if (this.ready.has(port)) this.ready.set(port, ok);
  }
}
