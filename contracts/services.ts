import { NAMESPACE } from './namespaces';

/** Address of a component inside the cluster. */
export interface ServiceContract {
  /** Its name in error messages. */
  readonly title: string;
  readonly namespace: string;
  /** Name of the Kubernetes Service. */
  readonly service: string;
  /** `app.kubernetes.io/name` of its pods. */
  readonly app: string;
  /** Port of the Service and of its pods. */
  readonly port: number;
}

/** Services used by people, the CLI or other components. */
export const SERVICE = {
  gateway: {
    title: 'The gateway',
    namespace: NAMESPACE.serving,
    service: 'gateway',
    app: 'gateway',
    port: 8080,
  },
  mlflow: { title: 'MLflow', namespace: NAMESPACE.registry, service: 'mlflow', app: 'mlflow', port: 5000 },
  ociRegistry: {
    title: 'The OCI registry',
    namespace: NAMESPACE.registry,
    service: 'registry',
    app: 'oci-registry',
    port: 5000,
  },
  postgres: {
    title: 'PostgreSQL',
    namespace: NAMESPACE.registry,
    service: 'postgres',
    app: 'postgres',
    port: 5432,
  },
  /** Takes labels through the gateway, and exports quality. */
  quality: {
    title: 'The labels service',
    namespace: NAMESPACE.registry,
    service: 'quality',
    app: 'quality',
    port: 8080,
  },
  prometheus: {
    title: 'Prometheus',
    namespace: NAMESPACE.monitoring,
    service: 'prometheus',
    app: 'prometheus',
    port: 9090,
  },
  alertmanager: {
    title: 'Alertmanager',
    namespace: NAMESPACE.monitoring,
    service: 'alertmanager',
    app: 'alertmanager',
    port: 9093,
  },
  /** Grafana, or what shows the same dashboards where Grafana cannot be had. */
  grafana: {
    title: 'Grafana',
    namespace: NAMESPACE.monitoring,
    service: 'grafana',
    app: 'grafana',
    port: 3000,
  },
  ci: { title: 'The CI', namespace: NAMESPACE.ci, service: 'ci', app: 'ci-master', port: 8010 },
} as const satisfies Record<string, ServiceContract>;

/** Ports of pods that no Service of a fixed name has. `gatewayInternal`: its metrics and probes, not for clients. */
export const POD_PORT = { gatewayInternal: 8081, modelServer: 8080, kubeStateMetrics: 8080 } as const;

/** Ports on the cluster's nodes, by the name of their port in platform.yaml; kind maps one to the other. */
export const NODE_PORT = {
  gateway: 30080,
  mlflow: 30500,
  ociRegistry: 30501,
  ci: 30810,
  prometheus: 30909,
  alertmanager: 30903,
  grafana: 30300,
} as const;

/** DNS name that resolves in every pod of the cluster. */
export function clusterName({ service, namespace }: ServiceContract): string {
  return `${service}.${namespace}.svc.cluster.local`;
}

/** `host:port` reachable from every pod of the cluster. */
export function clusterAddress(contract: ServiceContract): string {
  return `${clusterName(contract)}:${contract.port}`;
}
