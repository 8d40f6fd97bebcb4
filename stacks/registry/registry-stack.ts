import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { NAMESPACE } from '../../contracts/namespaces';
import { SECRET } from '../../contracts/objects';
import { NODE_PORT } from '../../contracts/services';
import { ChartRelease } from '../shared/chart-release';
import { KubernetesBackend } from '../shared/kubernetes-backend';
import type { Platform } from '../shared/platform';
import { useHelm } from '../shared/providers';
import { servicePort } from '../shared/service-port';

export interface RegistryStackProps {
  readonly platform: Platform;
}

/** Model registry: MLflow, and the OCI registry with the model images. */
export class RegistryStack extends TerraformStack {
  constructor(scope: Construct, id: string, { platform }: RegistryStackProps) {
    super(scope, id);
    new KubernetesBackend(this, id, platform.config);
    useHelm(this, platform);
    const { config, catalogue } = platform;
    const namespace = NAMESPACE.registry;

    new ChartRelease(this, 'mlflow', {
      platform,
      namespace,
      chart: 'mlflow',
      values: {
        image: catalogue.image('mlflow'),
        size: config.sizes.mlflow,
        service: servicePort(config, NODE_PORT.mlflow),
        credentials: SECRET.mlflow,
        clientNamespaces: [NAMESPACE.ci],
      },
    });

    if (config.images.registry === undefined) {
      new ChartRelease(this, 'registry', {
        platform,
        namespace,
        chart: 'oci-registry',
        values: {
          image: catalogue.image('oci-registry'),
          gate: { image: catalogue.image('nginx') },
          size: config.sizes.ociRegistry,
          service: servicePort(config, NODE_PORT.ociRegistry),
          clientNamespaces: [NAMESPACE.ci],
        },
      });
    }
  }
}
