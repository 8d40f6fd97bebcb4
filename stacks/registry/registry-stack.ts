import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { ChartRelease } from '../shared/chart-release';
import { KubernetesBackend } from '../shared/kubernetes-backend';
import { NAMESPACE, NODE_PORT } from '../shared/names';
import type { Platform } from '../shared/platform';
import { useHelm } from '../shared/providers';
import { servicePort } from '../shared/service-port';

export interface RegistryStackProps {
  readonly platform: Platform;
}

/** What remembers models: PostgreSQL, MLflow and the OCI registry, with passwords made in the cluster. */
export class RegistryStack extends TerraformStack {
  constructor(scope: Construct, id: string, { platform }: RegistryStackProps) {
    super(scope, id);
    new KubernetesBackend(this, id, platform.config);
    useHelm(this, platform);
    const { config, catalogue } = platform;
    const namespace = NAMESPACE.registry;

    const credentials = new ChartRelease(this, 'credentials', {
      platform,
      namespace,
      chart: 'credentials',
      values: { mlflowNamespaces: [NAMESPACE.ci], predictionWriterNamespaces: [NAMESPACE.serving] },
    });

    const postgres = new ChartRelease(this, 'postgres', {
      platform,
      namespace,
      chart: 'postgres',
      values: {
        image: catalogue.image('postgres'),
        size: config.sizes.postgres,
        predictionLog: { image: catalogue.image('model-server') },
      },
      dependsOn: [credentials.resource],
    });

    new ChartRelease(this, 'mlflow', {
      platform,
      namespace,
      chart: 'mlflow',
      values: {
        image: catalogue.image('mlflow'),
        size: config.sizes.mlflow,
        service: servicePort(config, NODE_PORT.mlflow),
      },
      dependsOn: [postgres.resource],
    });

    if (config.images.registry === undefined) {
      new ChartRelease(this, 'registry', {
        platform,
        namespace,
        chart: 'oci-registry',
        values: {
          image: catalogue.image('oci-registry'),
          size: config.sizes.registry,
          service: servicePort(config, NODE_PORT.registry),
        },
      });
    }
  }
}
