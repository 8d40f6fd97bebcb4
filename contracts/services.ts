import { NAMESPACE } from './namespaces';

/** Where a part of the platform answers inside the cluster. */
export interface ServiceContract {
  /** As error messages name it. */
  readonly title: string;
  readonly namespace: string;
  /** Name of the Kubernetes Service. */
  readonly service: string;
  /** `app.kubernetes.io/name` of its pods. */
  readonly app: string;
  /** Port of the Service and of its pods. */
  readonly port: number;
}

/** Services that a person, the command line or another part talks to. */
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
} as const satisfies Record<string, ServiceContract>;

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

/** Name that resolves in every pod of the cluster. */
export function clusterName({ service, namespace }: ServiceContract): string {
  return `${service}.${namespace}.svc.cluster.local`;
}

/** `host:port` that every pod of the cluster reaches. */
export function clusterAddress(contract: ServiceContract): string {
  return `${clusterName(contract)}:${contract.port}`;
}
