import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { NAMESPACE } from '../../contracts/namespaces';
import { ChartRelease } from '../shared/chart-release';
import { KubernetesBackend } from '../shared/kubernetes-backend';
import type { Platform } from '../shared/platform';
import { useHelm } from '../shared/providers';

export interface DataStackProps {
  readonly platform: Platform;
}

/** Data: PostgreSQL for MLflow and the prediction log, with passwords generated in the cluster. */
export class DataStack extends TerraformStack {
  constructor(scope: Construct, id: string, { platform }: DataStackProps) {
    super(scope, id);
    new KubernetesBackend(this, id, platform.config);
    useHelm(this, platform);
    const { config, catalogue } = platform;
    const namespace = NAMESPACE.registry;

    const credentials = new ChartRelease(this, 'credentials', {
      platform,
      namespace,
      chart: 'credentials',
      values: {
        mlflowNamespaces: [NAMESPACE.ci],
        predictionWriterNamespaces: [NAMESPACE.serving],
        monitoring: {
          namespace: config.monitoring === 'bundled' ? NAMESPACE.monitoring : '',
          queryNamespaces: config.monitoring === 'bundled' ? [NAMESPACE.serving] : [],
        },
        ci: {
          namespace: config.ci.enabled ? NAMESPACE.ci : '',
          webhookNamespaces:
            config.ci.enabled && config.monitoring === 'bundled' ? [NAMESPACE.monitoring] : [],
        },
      },
    });

    new ChartRelease(this, 'postgres', {
      platform,
      namespace,
      chart: 'postgres',
      values: {
        image: catalogue.image('postgres'),
        size: config.sizes.postgres,
        predictionLog: { image: catalogue.image('model-server') },
        ci: { enabled: config.ci.enabled },
      },
      dependsOn: [credentials.resource],
    });
  }
}
