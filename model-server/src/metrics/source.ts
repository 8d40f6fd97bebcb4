import type { Metric, Registry } from 'prom-client';

export type Labels = Readonly<Record<string, string>>;

/** One line of a scrape. */
export interface Sample {
  readonly value: number;
  /** Stand before the default labels of the registry. */
  readonly labels?: Labels;
  /** Stand after them. prom-client formats each such object once, so the same one should come again. */
  readonly sharedLabels?: Labels;
  /** Where it differs from the name of the metric. */
  readonly metricName?: string;
}

/** A metric that keeps its numbers itself and is asked for them only when it is scraped. */
export interface Source {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  samples(): Sample[];
}

const NONE: Labels = {};

/**
 * Adds a source to a prom-client registry. prom-client's own metrics hash their labels at every call, a cost that a
 * request cannot bear; a registry asks of a metric no more than what is given to it here.
 */
export function register<S extends Source>(registry: Registry, source: S): S {
  const { name, help, type } = source;
  const head = { name, help, type, aggregator: 'sum' };
  const metric = {
    ...head,
    /** For `Registry.metrics()`. */
    getForPromString: () => Promise.resolve({ ...head, values: source.samples() }),
    /** For `Registry.getMetricsAsJSON()`. */
    get: () => {
      const values = source
        .samples()
        .map(({ value, metricName = name, labels = NONE, sharedLabels = NONE }) => ({
          value,
          metricName,
          labels: { ...labels, ...sharedLabels },
        }));
      return Promise.resolve({ ...head, values });
    },
  };
  // The declared type is the union of prom-client's classes, private to its own implementations.
  registry.registerMetric(metric as unknown as Metric);
  return source;
}
