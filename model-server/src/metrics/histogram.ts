import type { Labels, Sample, Source } from './source';

/** Upper bounds of the buckets, finite and ascending; the +Inf bucket is implied. */
export type Bounds = readonly number[];

/** One series of a histogram: counts and sum in one typed array. */
export class HistogramSeries {
  /** Ends with infinity, which stops the search. */
  private readonly bounds: Float64Array;
  /** One count per bucket, then the sum. */
  private readonly cells: Float64Array;

  constructor(
    bounds: Bounds,
    private readonly labels: Labels = {},
  ) {
    this.bounds = Float64Array.of(...bounds, Infinity);
    this.cells = new Float64Array(this.bounds.length + 1);
  }

  /** @param value Not NaN. */
  observe(value: number): void {
    const { bounds, cells } = this;
    const sum = bounds.length;
    let bucket = 0;
    while (value > (bounds[bucket] ?? Infinity)) bucket++;
    cells[bucket] = (cells[bucket] ?? 0) + 1;
    cells[sum] = (cells[sum] ?? 0) + value;
  }

  samples(name: string): Sample[] {
    const sharedLabels = this.labels;
    let count = 0;
    const buckets = Array.from(this.bounds, (bound, bucket) => {
      count += this.cells[bucket] ?? 0;
      const le = bound === Infinity ? '+Inf' : String(bound);
      return { metricName: `${name}_bucket`, labels: { le }, sharedLabels, value: count };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, sharedLabels, value: this.cells.at(-1) ?? 0 },
      { metricName: `${name}_count`, sharedLabels, value: count },
    ];
  }
}

/** A histogram without extra labels. */
export class Histogram implements Source {
  readonly type = 'histogram';
  private readonly series: HistogramSeries;

  constructor(
    readonly name: string,
    readonly help: string,
    bounds: Bounds,
  ) {
    this.series = new HistogramSeries(bounds);
  }

  /** @param value Not NaN. */
  observe(value: number): void {
    this.series.observe(value);
  }

  samples(): Sample[] {
    return this.series.samples(this.name);
  }
}
