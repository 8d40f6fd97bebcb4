/** Unit of a value, as in Prometheus' base units; `unix-seconds` is a point in time, `one` a plain number. */
export type Unit = 'seconds' | 'unix-seconds' | 'bytes' | 'ratio' | 'percent' | 'rows' | 'requests' | 'one';

/** A metric as its exporter shows it. */
export interface MetricContract {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly unit: Unit;
  /** Labels of the exporter; a scrape adds those of its target (`job`, `instance`, `namespace`, `pod`). */
  readonly labels: readonly string[];
  readonly help: string;
}

/** Names of all series that a metric is scraped as. */
export function seriesNames({ name, type }: MetricContract): readonly string[] {
  return type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}
