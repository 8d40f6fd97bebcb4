/** Counts values per histogram bin and column. Optimized: runs for every value served. */
export class BinCounter {
  /** Slots per column: the next power of two that holds the largest number of bins. */
  private readonly places: number;
  /** `places` per column: its edges, ascending, padded with infinity. */
  private readonly edges: Float32Array;
  /** `places` per column: one count per bin. Doubles count exactly up to 2^53. */
  private readonly counts: Float64Array;
  private readonly missing: Float64Array;

  /** @param columns Ascending edges of each column; bin i holds edges[i-1] < value ≤ edges[i], the outer bins are open. */
  constructor(private readonly columns: readonly Float32Array[]) {
    const most = Math.max(0, ...columns.map((edges) => edges.length));
    // Shift: V8 would keep 2 ** n as a double in every index of the loop.
    this.places = 1 << (32 - Math.clz32(most));
    this.edges = new Float32Array(columns.length * this.places).fill(Infinity);
    columns.forEach((edges, column) => {
      this.edges.set(edges, column * this.places);
    });
    this.counts = new Float64Array(this.edges.length);
    this.missing = new Float64Array(columns.length);
  }

  /** @param values At least `rows` × columns, row by row; NaN is a missing value. */
  count(values: Float32Array, rows: number): void {
    const { edges, counts, missing, places } = this;
    const columns = missing.length;
    const highest = 30 - Math.clz32(places);
    let at = 0;
    for (let row = 0; row < rows; row++) {
      for (let column = 0, first = 0; column < columns; column++, first += places) {
        const value = values[at++] ?? NaN;
        if (Number.isNaN(value)) {
          missing[column] = (missing[column] ?? 0) + 1;
          continue;
        }
        let bin = first;
        // Branchless bisection: half of all branches would be mispredicted, at three times the cost.
        for (let bit = highest; bit >= 0; bit--)
          bin += Number(value > (edges[bin + (1 << bit) - 1] ?? Infinity)) << bit;
        counts[bin] = (counts[bin] ?? 0) + 1;
      }
    }
  }

  /** Counts per bin of one column so far, in the order of its edges. */
  binsOf(column: number): Float64Array {
    const first = column * this.places;
    return this.counts.subarray(first, first + (this.columns[column]?.length ?? 0) + 1);
  }

  /** Count of missing values of one column so far. */
  missingOf(column: number): number {
    return this.missing[column] ?? 0;
  }
}
