import type { Registry } from 'prom-client';

import type { Observer, ScoredBatch } from '../protocol/scored-batch';
import { CounterBy } from './counters';
import { register } from './source';

/**
 * Counts requests by decision. Requests, not rows: canaries split the traffic by request, and rows of one request are
 * alike.
 */
export class Decisions implements Observer {
  private readonly requests: CounterBy<'positive' | 'negative'>;

  /** @param threshold Scores from this one on are positive. */
  constructor(
    registry: Registry,
    private readonly threshold: number,
  ) {
    this.requests = register(
      registry,
      new CounterBy(
        'model_server_decided_requests_total',
        'Requests by decision: positive if that of any row is.',
        'decision',
      ),
    );
    // A series that begins with its first request would not show by how much it grew.
    this.requests.inc('positive', 0);
    this.requests.inc('negative', 0);
  }

  observe({ rows, scores }: ScoredBatch): void {
    if (scores !== undefined) this.requests.inc(this.isPositive(scores, rows) ? 'positive' : 'negative');
  }

  private isPositive(scores: Float32Array, rows: number): boolean {
    for (let row = 0; row < rows; row++) if ((scores[row] ?? NaN) >= this.threshold) return true;
    return false;
  }
}
