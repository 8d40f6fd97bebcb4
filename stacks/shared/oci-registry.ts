import { OCI_PULL_HOST } from '../../contracts/oci';
import { clusterAddress, SERVICE } from '../../contracts/services';
import type { Platform } from './platform';

/** How pods and nodes reach the OCI registry with the model images. */
export interface OciRegistry {
  /** Where pipeline pods push. */
  readonly pushHost: string;
  /** What nodes pull from. */
  readonly pullHost: string;
  /** repository:tag of the model server inside it. */
  readonly baseImage: string;
  /** Namespace of the registry; empty if it is outside the cluster. */
  readonly namespace: string;
}

export function ociRegistry({ config, catalogue }: Platform): OciRegistry {
  const baseImage = repositoryAndTag(catalogue.image('model-server'), config.images.registry);
  return config.images.registry === undefined
    ? {
        pushHost: clusterAddress(SERVICE.ociRegistry),
        pullHost: OCI_PULL_HOST,
        baseImage,
        namespace: SERVICE.ociRegistry.namespace,
      }
    : { pushHost: config.images.registry, pullHost: config.images.registry, baseImage, namespace: '' };
}

/**
 * An image reference without its registry:
 * `localhost/mlops/model-server:1f2e` → `mlops/model-server:1f2e`.
 */
export function repositoryAndTag(reference: string, registry?: string): string {
  return registry !== undefined && reference.startsWith(`${registry}/`)
    ? reference.slice(registry.length + 1)
    : reference.replace(/^[^/]*[.:][^/]*\/|^localhost\//, '');
}
