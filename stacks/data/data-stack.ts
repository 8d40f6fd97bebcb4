import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { NAMESPACE } from '../../contracts/namespaces';
import { SECRET } from '../../contracts/objects';
import { clusterAddress, SERVICE } from '../../contracts/services';
import { ChartRelease } from '../shared/chart-release';
import { KubernetesBackend } from '../shared/kubernetes-backend';
import type { Platform } from '../shared/platform';
import { useHelm } from '../shared/providers';
import { qualityModels } from '../shared/quality-models';

export interface DataStackProps {
  readonly platform: Platform;
}

/** Data: PostgreSQL for MLflow, the prediction log and labels, what joins these, and generated passwords. */
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
        ociRegistry: {
          host: config.images.registry === undefined ? clusterAddress(SERVICE.ociRegistry) : '',
          pushNamespaces: [NAMESPACE.ci],
        },
        ...(config.ci.enabled && {
          ci: {
            namespace: NAMESPACE.ci,
            webhookNamespaces: config.monitoring === 'bundled' ? [NAMESPACE.monitoring] : [],
          },
        }),
      },
    });

    const postgres = new ChartRelease(this, 'postgres', {
      platform,
      namespace,
      chart: 'postgres',
      values: {
        image: catalogue.image('postgres'),
        size: config.sizes.postgres,
        credentials: { secret: SECRET.postgres },
        predictionLog: { image: catalogue.image('model-server') },
        quality: { image: catalogue.image('quality') },
        ...(config.ci.enabled && { ci: { enabled: true } }),
      },
      dependsOn: [credentials.resource],
    });

    // Whatever watches the platform: labels that nobody takes are lost.
    new ChartRelease(this, 'quality', {
      platform,
      namespace,
      chart: 'quality',
      name: SERVICE.quality.service,
      values: {
        image: catalogue.image('quality'),
        size: config.sizes.quality,
        models: qualityModels(config),
        monitoringNamespace: NAMESPACE.monitoring,
        ...(config.ci.enabled && config.ci.newLabels > 0 && { ciNamespace: NAMESPACE.ci }),
      },
      dependsOn: [postgres.resource],
    });
  }
}
