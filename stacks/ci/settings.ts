import { CI, CI_BUILDERS, ciAccount } from '../../contracts/ci';
import { NAMESPACE } from '../../contracts/namespaces';
import { SECRET } from '../../contracts/objects';
import { OCI_LOGIN_FOLDER, trusting } from '../../contracts/oci';
import { clusterName, SERVICE } from '../../contracts/services';
import { ociRegistry } from '../shared/oci-registry';
import type { PlatformConfig } from '../shared/config';
import type { Platform } from '../shared/platform';
import { BUILDER_ACCESS } from './builder-access';

/** Folders and files inside pods of the platform image. */
const CONFIG = '/etc/mlops/platform.yaml';

/** Builders that have rights in the cluster. */
export const PRIVILEGED = CI_BUILDERS.filter((builder) => Object.keys(BUILDER_ACCESS[builder]).length > 0);

/** Builders that talk to the OCI registry. What `test` runs nobody has read. */
const CLIENTS = CI_BUILDERS.filter((builder) => builder !== 'test');

/** The Secret with the registry's login, for builders that need it: reading the one in the cluster takes none. */
function logins({ images: { registry, credentials, ca } }: PlatformConfig): Record<string, string> {
  const users =
    registry === undefined
      ? (['image'] as const)
      : credentials === undefined && ca === undefined
        ? []
        : CLIENTS;
  return Object.fromEntries(users.map((builder) => [builder, SECRET.ociRegistry]));
}

/** Whether the repository is a folder of the node. */
export function isMounted({ config }: Platform): boolean {
  return config.ci.repository === '';
}

/** What ci/settings.py reads, without what the chart adds. */
export function ciSettings(platform: Platform, release: string) {
  const { config, catalogue } = platform;
  const { ci, sizes } = config;
  const runners = { ...SERVICE.ci, service: `${SERVICE.ci.service}-runners` };
  return {
    url: `http://127.0.0.1:${String(config.ports.ci)}/`,
    port: SERVICE.ci.port,
    platform: CI.platformFolder,
    repository: { url: isMounted(platform) ? CI.repositoryFolder : ci.repository, branch: ci.branch },
    models: Object.keys(config.models),
    parallel: ci.parallel,
    nightly: ci.nightly,
    ...(ci.newLabels === 0
      ? {}
      : {
          labels: {
            url: `http://${clusterName(SERVICE.quality)}:${String(SERVICE.quality.port)}/metrics`,
            threshold: ci.newLabels,
          },
        }),
    pods: {
      image: catalogue.image('platform'),
      namespace: NAMESPACE.ci,
      master: clusterName(runners),
      size: sizes.ciRunner,
      testSize: sizes.ciTest,
      priorityClass: CI.priorityClass,
      deadlineSeconds: ci.deadlineSeconds,
      accounts: Object.fromEntries(PRIVILEGED.map((builder) => [builder, ciAccount(builder)])),
      logins: logins(config),
      environment: {
        MLOPS_CONFIG: CONFIG,
        IMAGES_SOURCE: catalogue.source,
        ...(catalogue.upstreamVersions !== undefined && { UPSTREAM_VERSIONS: catalogue.upstreamVersions }),
        MLOPS_COMMIT: catalogue.commit,
        MLOPS_IN_CLUSTER: '1',
        OCI_REGISTRY: ociRegistry(platform).pushHost,
        ...(config.images.ca !== undefined && trusting(OCI_LOGIN_FOLDER)),
      },
      configMap: `${release}-platform`,
      repositoryClaim: isMounted(platform) ? `${release}-repository` : '',
    },
  };
}
