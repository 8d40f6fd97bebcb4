import { Construct } from 'constructs';
import { LABELS_LIMIT } from '../../contracts/labels';
import { NAMESPACE } from '../../contracts/namespaces';
import { RELEASE_LIST } from '../../contracts/release-list';
import { clusterAddress, NODE_PORT, SERVICE } from '../../contracts/services';
import { ChartRelease } from '../shared/chart-release';
import type { GatewayApiConfig } from '../shared/config-types';
import type { Platform } from '../shared/platform';
import { servicePort } from '../shared/service-port';
import type { ModelVersions } from './model-versions';
import type { ReleaseListSource } from './release-list-source';

export interface GatewayProps {
  readonly platform: Platform;
  readonly releases: ReleaseListSource;
  readonly versions: ModelVersions;
}

const NO_GATEWAY: GatewayApiConfig = { name: '', namespace: '', listener: '', hostnames: [] };

/** The gateway to the versions of the release list; it reads the weights from the list. */
export class Gateway extends Construct {
  constructor(scope: Construct, id: string, { platform, releases, versions }: GatewayProps) {
    super(scope, id);
    const { config, catalogue } = platform;
    const { replicas, ...size } = config.sizes.gateway;
    const { hostnames, ...parent } = config.gatewayApi ?? NO_GATEWAY;
    const settings = {
      image: catalogue.image('nginx'),
      releaseList: RELEASE_LIST.name,
      monitoringNamespace: NAMESPACE.monitoring,
      replicas,
      size,
      service: servicePort(config, NODE_PORT.gateway),
      httpRoute: { parent, hostnames },
      labels: {
        address: clusterAddress(SERVICE.quality),
        namespace: SERVICE.quality.namespace,
        app: SERVICE.quality.app,
        bodyMiB: LABELS_LIMIT.bytes / 2 ** 20,
      },
    };
    new ChartRelease(this, 'Default', {
      platform,
      chart: 'gateway',
      name: 'gateway',
      namespace: NAMESPACE.serving,
      values: (chartHash) =>
        `\${jsonencode(merge(jsondecode(${quote({ ...settings, chartHash })}), { models = ${releases.routes} }))}`,
      // An upstream is added before its version gets requests, and removed before its pods.
      dependsOn: [versions.release.resource],
    });
  }
}

/** A value as a Terraform string of its JSON. */
function quote(value: unknown): string {
  return JSON.stringify(JSON.stringify(value));
}
