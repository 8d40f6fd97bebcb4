import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { ChartRelease } from '../shared/chart-release';
import { KubernetesBackend } from '../shared/kubernetes-backend';
import { modelRegistry } from '../shared/oci-registry';
import { NAMESPACE } from '../shared/names';
import type { Platform } from '../shared/platform';
import { useHelm } from '../shared/providers';

export interface CiStackProps {
  readonly platform: Platform;
}

/** Where models are made: per model, the template of the pod that trains it. */
export class CiStack extends TerraformStack {
  constructor(scope: Construct, id: string, { platform }: CiStackProps) {
    super(scope, id);
    new KubernetesBackend(this, id, platform.config);
    useHelm(this, platform);
    const { config, catalogue } = platform;

    for (const model of Object.keys(config.models)) {
      new ChartRelease(this, `train-${model}`, {
        platform,
        namespace: NAMESPACE.ci,
        chart: 'training',
        values: {
          image: catalogue.image('pipeline'),
          model,
          size: config.sizes.training,
          registry: modelRegistry(platform),
        },
      });
    }
  }
}
