import type { CanaryPlan } from '../../contracts/canary';

/** CPU and memory of one pod, as Kubernetes quantities. */
export interface PodSize {
  /** CPU reserved. */
  readonly cpu: string;
  readonly cpuLimit: string;
  /** Memory request and limit. */
  readonly memory: string;
}

export interface StatefulSize extends PodSize {
  readonly storage: string;
}

export interface PrometheusSize extends StatefulSize {
  /** Age at which samples are dropped, as Prometheus writes durations. */
  readonly retention: string;
}

export interface ReplicatedSize extends PodSize {
  readonly replicas: number;
}

/** When a version gets more pods than `replicas`. */
export interface AutoscalingConfig {
  readonly maxReplicas: number;
  /** CPU of one pod on average, as a Kubernetes quantity. */
  readonly cpu: string;
}

export interface ModelConfig extends ReplicatedSize {
  /** Folder with model.yaml, relative to the root of the repository. */
  readonly path: string;
  /** Versions kept running. */
  readonly keep: number;
  readonly autoscaling?: AutoscalingConfig;
  readonly canary: CanaryPlan;
}

export interface Ports {
  readonly gateway: number;
  readonly mlflow: number;
  readonly ociRegistry: number;
  readonly ci: number;
  readonly prometheus: number;
  readonly alertmanager: number;
  readonly grafana: number;
}

/** A Gateway of the Gateway API that leads to the models. */
export interface GatewayApiConfig {
  readonly name: string;
  readonly namespace: string;
  /** Empty for all of them. */
  readonly listener: string;
  /** Empty for those of the listener. */
  readonly hostnames: readonly string[];
}

/** The CI in the cluster. */
export interface CiConfig {
  readonly enabled: boolean;
  /** Address of the git repository; empty for the checkout that made a kind cluster. */
  readonly repository: string;
  readonly branch: string;
  /** Builds at once, besides the one that changes what serves. */
  readonly parallel: number;
  /** Cron fields, UTC; empty for never. */
  readonly nightly: string;
  /** New labels that start a training; 0 for never. */
  readonly newLabels: number;
  readonly deadlineSeconds: number;
}

/** platform.yaml with defaults applied, and the paths derived from it. */
export interface PlatformConfig {
  readonly cluster: {
    readonly type: 'kind' | 'existing';
    readonly name: string;
    /** Context inside `paths.kubeconfig`. */
    readonly context: string;
  };
  readonly images: {
    readonly source: 'auto' | 'upstream' | 'packages';
    /** With `cluster.type: existing` only, and always then. */
    readonly registry?: string;
    /** Absolute path of a docker config with a login of the registry. */
    readonly credentials?: string;
    /** Absolute path of a PEM file with the CA of the registry's certificate. */
    readonly ca?: string;
  };
  readonly ports: Ports;
  readonly gatewayApi?: GatewayApiConfig;
  readonly monitoring: 'bundled' | 'existing' | 'none';
  /** Read with `monitoring: existing` only. */
  readonly prometheusOperator: {
    /** Where its Prometheus runs. */
    readonly namespace: string;
    /** By which it selects ServiceMonitors and PrometheusRules. */
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly ci: CiConfig;
  readonly sizes: {
    readonly postgres: StatefulSize;
    readonly mlflow: StatefulSize;
    readonly ociRegistry: StatefulSize;
    /** The quality exporter and labels service. */
    readonly quality: PodSize;
    readonly gateway: ReplicatedSize;
    readonly rolloutController: PodSize;
    readonly training: PodSize;
    readonly prometheus: PrometheusSize;
    readonly alertmanager: StatefulSize;
    readonly kubeStateMetrics: PodSize;
    readonly metricsServer: PodSize;
    readonly grafana: PodSize;
    readonly ciMaster: StatefulSize;
    readonly ciRunner: PodSize;
    readonly ciTest: PodSize;
  };
  readonly models: Readonly<Record<string, ModelConfig>>;
  /** Whether this process runs in a pod of the platform, with the rights of its service account. */
  readonly inCluster: boolean;
  /** All absolute. */
  readonly paths: {
    /** Root of the repository. */
    readonly root: string;
    /** The file this was read from. */
    readonly file: string;
    /** Working folder of this platform, `.mlops/<name>`. */
    readonly work: string;
    readonly kubeconfig: string;
    /** Terraform state of the cluster stack. */
    readonly clusterState: string;
  };
}
