import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { LEADER } from '../../contracts/claims';
import { SECRET } from '../../contracts/objects';
import { RELEASE_LIST } from '../../contracts/release-list';
import { clusterAddress, SERVICE } from '../../contracts/services';
import { ChartRelease } from '../shared/chart-release';
import { KubernetesBackend } from '../shared/kubernetes-backend';
import { pullSecret } from '../shared/oci-registry';
import type { Platform } from '../shared/platform';
import { useHelm } from '../shared/providers';

export interface RolloutStackProps {
  readonly platform: Platform;
}

/**
 * The controller that watches canaries. Not part of serving: deployments must not wait for its image. Nothing without a
 * Prometheus of the platform's own, whose measurements canaries are judged by.
 */
export class RolloutStack extends TerraformStack {
  constructor(scope: Construct, id: string, { platform }: RolloutStackProps) {
    super(scope, id);
    const { config, catalogue } = platform;
    new KubernetesBackend(this, id, config);
    useHelm(this, platform);
    if (config.monitoring !== 'bundled') return;

    new ChartRelease(this, 'controller', {
      platform,
      chart: 'rollout-controller',
      name: LEADER.name,
      namespace: RELEASE_LIST.namespace,
      values: {
        image: catalogue.image('rollout-controller'),
        ...pullSecret(config),
        size: config.sizes.rolloutController,
        releaseList: RELEASE_LIST.name,
        prometheus: {
          url: `http://${clusterAddress(SERVICE.prometheus)}`,
          namespace: SERVICE.prometheus.namespace,
          credentials: SECRET.prometheus,
        },
      },
    });
  }
}
