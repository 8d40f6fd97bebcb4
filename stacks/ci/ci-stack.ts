import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { CI, ciAccount } from '../../contracts/ci';
import { NAMESPACE } from '../../contracts/namespaces';
import { SECRET } from '../../contracts/objects';
import { clusterName, NODE_PORT, SERVICE } from '../../contracts/services';
import { ChartRelease } from '../shared/chart-release';
import { configForPods } from '../shared/config';
import { KubernetesBackend } from '../shared/kubernetes-backend';
import { ociRegistry } from '../shared/oci-registry';
import { pullSecret } from '../shared/oci-registry';
import type { Platform } from '../shared/platform';
import { useHelm } from '../shared/providers';
import { servicePort } from '../shared/service-port';
import { BUILDER_ACCESS } from './builder-access';
import { ciSettings, isMounted, PRIVILEGED } from './settings';

export interface CiStackProps {
  readonly platform: Platform;
}

/** CI: the master with its triggers, and what each of its builds may do. Nothing while `ci.enabled` is false. */
export class CiStack extends TerraformStack {
  constructor(scope: Construct, id: string, { platform }: CiStackProps) {
    super(scope, id);
    new KubernetesBackend(this, id, platform.config);
    useHelm(this, platform);
    const { config, catalogue } = platform;
    if (!config.ci.enabled) return;
    const release = SERVICE.ci.service;

    new ChartRelease(this, 'ci', {
      platform,
      namespace: NAMESPACE.ci,
      chart: 'ci-master',
      name: release,
      values: {
        image: catalogue.image('ci-master'),
        ...pullSecret(config),
        size: config.sizes.ciMaster,
        service: servicePort(config, NODE_PORT.ci),
        clientNamespaces: [NAMESPACE.monitoring],
        credentials: SECRET.ci,
        database: {
          host: clusterName(SERVICE.postgres),
          namespace: SERVICE.postgres.namespace,
          user: CI.database,
          name: CI.database,
          secret: SECRET.ciDatabase,
          passwordKey: 'password',
        },
        runnerPort: CI.runnerPort,
        settings: ciSettings(platform, release),
        platformConfig: configForPods(config, catalogue.source),
        builders: PRIVILEGED.map((builder) => ({
          builder,
          account: ciAccount(builder),
          roles: Object.entries(BUILDER_ACCESS[builder]).map(([namespace, rules]) => ({ namespace, rules })),
        })),
        repository: {
          hostPath: isMounted(platform) ? CI.repositoryFolder : '',
          path: CI.repositoryFolder,
        },
        priority: { name: CI.priorityClass, value: -100 },
        registry: {
          namespace: ociRegistry(platform).namespace,
          port: ociRegistry(platform).port,
          mlflow: NAMESPACE.registry,
        },
        serving: { namespace: NAMESPACE.serving },
        labels: {
          namespace: config.ci.newLabels === 0 ? '' : SERVICE.quality.namespace,
          port: SERVICE.quality.port,
        },
      },
    });
  }
}
