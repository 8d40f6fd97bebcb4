import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { NAMESPACE } from '../../contracts/namespaces';
import { SECRET } from '../../contracts/objects';
import { ChartRelease } from '../shared/chart-release';
import { KubernetesBackend } from '../shared/kubernetes-backend';
import { ociRegistry } from '../shared/oci-registry';
import type { Platform } from '../shared/platform';
import { useHelm } from '../shared/providers';

export interface TrainingStackProps {
  readonly platform: Platform;
}

/** Training: a pod template per model. */
export class TrainingStack extends TerraformStack {
  constructor(scope: Construct, id: string, { platform }: TrainingStackProps) {
    super(scope, id);
    new KubernetesBackend(this, id, platform.config);
    useHelm(this, platform);
    const { config, catalogue } = platform;

    for (const [model, { path }] of Object.entries(config.models)) {
      new ChartRelease(this, `train-${model}`, {
        platform,
        namespace: NAMESPACE.ci,
        chart: 'training',
        values: {
          image: catalogue.image('pipeline'),
          model,
          folder: path,
          size: config.sizes.training,
          mlflow: { credentials: SECRET.mlflow },
          registry: ociRegistry(platform),
        },
      });
    }
  }
}
