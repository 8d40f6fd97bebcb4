import type { Metric, Registry } from 'prom-client';

export type Labels = Readonly<Record<string, string>>;

/** One line of a scrape. */
export interface Sample {
  readonly value: number;
  /** Before the registry's default labels. */
  readonly labels?: Labels;
  /** After them. prom-client formats each object once, so reuse it. */
  readonly sharedLabels?: Labels;
  /** If it differs from the metric's name. */
  readonly metricName?: string;
}

/** A metric that keeps its own numbers and is read only when scraped. */
export interface Source {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  samples(): Sample[];
}

const NONE: Labels = {};

/**
 * Adds a source to a prom-client registry. prom-client's own metrics hash their labels at every call, too
 * slow for every request; a registry needs no more of a metric than this.
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
  // Declared as the union of prom-client's own classes, though it needs only these members.
  registry.registerMetric(metric as unknown as Metric);
  return source;
}
