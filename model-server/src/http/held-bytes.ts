import type { Gauge } from '../metrics/counters';

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

  /** @param gauge Shows the sum. */
  constructor(
    private readonly limit: number,
    private readonly gauge: Pick<Gauge, 'inc'>,
  ) {}

  /** Adds bytes to a holding. May give up any holding, this one included. */
  add(holding: Holding, bytes: number): void {
    this.holdings.add(holding);
    this.change(holding, bytes);
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
    this.change(holding, -bytes);
    if (holding.bytes === 0) this.holdings.delete(holding);
  }

  release(holding: Holding): void {
    if (this.holdings.delete(holding)) this.change(holding, -holding.bytes);
  }

  private change(holding: Holding, bytes: number): void {
    holding.bytes += bytes;
    this.sum += bytes;
    this.gauge.inc(bytes);
  }

  private largest(): Holding | undefined {
    let largest: Holding | undefined;
    for (const each of this.holdings)
      if (each.giveUp !== undefined && each.bytes > (largest?.bytes ?? 0)) largest = each;
    return largest;
  }
}
