import { SCRAPE_JOB } from '../../contracts/metrics';
import { NAMESPACE } from '../../contracts/namespaces';
import { POD_PORT, SERVICE } from '../../contracts/services';
import { SCRAPE_SECONDS } from '../../monitoring/queries/canary';

/** Pods whose metrics Prometheus reads. */
export interface ScrapeTarget {
  /** Label `job` of their series. */
  readonly job: string;
  readonly namespace: string;
  /** `app.kubernetes.io/name` of the pods. */
  readonly app: string;
  /** Port of the pods, declared by one of their containers. */
  readonly port: number;
  /** @default '/metrics' */
  readonly path?: string;
  /** Between two scrapes. @default that of all targets */
  readonly interval?: string;
  /** The metrics speak of other pods: their labels win over the target's. @default false */
  readonly honorLabels?: boolean;
}

/** Parts of the platform that export metrics, whoever reads them. */
export const scrapeTargets: readonly ScrapeTarget[] = [
  {
    job: SCRAPE_JOB.gateway,
    namespace: SERVICE.gateway.namespace,
    app: SERVICE.gateway.app,
    port: POD_PORT.gatewayInternal,
    // Canaries are judged by it.
    interval: `${SCRAPE_SECONDS}s`,
  },
  {
    job: SCRAPE_JOB.modelServer,
    namespace: NAMESPACE.serving,
    app: 'model-version',
    port: POD_PORT.modelServer,
  },
  {
    job: SCRAPE_JOB.quality,
    namespace: SERVICE.quality.namespace,
    app: SERVICE.quality.app,
    port: SERVICE.quality.port,
  },
];

/** Of the bundled stack; an operator's cluster has its own. */
export const kubeStateMetricsTarget: ScrapeTarget = {
  job: SCRAPE_JOB.kubeState,
  namespace: NAMESPACE.monitoring,
  app: 'kube-state-metrics',
  port: POD_PORT.kubeStateMetrics,
  honorLabels: true,
};
