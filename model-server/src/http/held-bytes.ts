/** Bytes kept in memory: the body of one request, or the answers that the client of one connection has not read. */
export class Holding {
  bytes = 0;

  /** @param giveUp Ends what needs the bytes; undefined while they are in use. */
  constructor(public giveUp: (() => void) | undefined) {}
}

/**
 * Bounds the bytes that requests keep in memory in sum: each body is bounded, but hundreds of connections can send theirs
 * all but the last byte, or leave answers unread. Over the limit the largest holding is given up, so that small requests
 * are served beside those who hold on.
 */
export class HeldBytes {
  private readonly holdings = new Set<Holding>();
  private sum = 0;

  constructor(private readonly limit: number) {}

  /** Adds bytes to a holding. May give up any holding, this one included. */
  add(holding: Holding, bytes: number): void {
    holding.bytes += bytes;
    this.holdings.add(holding);
    this.sum += bytes;
    while (this.sum > this.limit) {
      const largest = this.largest();
      if (largest === undefined) return;
      this.release(largest);
      largest.giveUp?.();
    }
  }

  /** Takes bytes off a holding. */
  take(holding: Holding, bytes: number): void {
    if (!this.holdings.has(holding)) return;
    holding.bytes -= bytes;
    this.sum -= bytes;
    if (holding.bytes === 0) this.holdings.delete(holding);
  }

  release(holding: Holding): void {
    if (!this.holdings.delete(holding)) return;
    this.sum -= holding.bytes;
    holding.bytes = 0;
  }

  private largest(): Holding | undefined {
    let largest: Holding | undefined;
    for (const each of this.holdings)
      if (each.giveUp !== undefined && each.bytes > (largest?.bytes ?? 0)) largest = each;
    return largest;
  }
}
