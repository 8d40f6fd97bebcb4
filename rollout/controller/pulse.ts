/** Whether loops still turn. One that hangs is ended by kubelet, and another process goes on from what is stored. */
export class Pulse {
  readonly #beats = new Map<string, number>();

  constructor(
    private readonly elapsed: () => number,
    /** Seconds after which a loop that did not turn hangs. */
    private readonly limit: number,
  ) {}

  beat(loop: string): void {
    this.#beats.set(loop, this.elapsed());
  }

  /** The loop has ended. */
  end(loop: string): void {
    this.#beats.delete(loop);
  }

  /** Loops that hang. */
  get hung(): readonly string[] {
    return [...this.#beats].filter(([, at]) => this.elapsed() - at > this.limit).map(([loop]) => loop);
  }
}
