import { SECRET } from '../../contracts/objects';
import { OCI_PULL_HOST } from '../../contracts/oci';
import { clusterAddress, SERVICE } from '../../contracts/services';
import type { PlatformConfig } from './config';
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
  readonly port: number;
  /** Secret with its login, where it asks for one. */
  readonly credentials: string;
}

export function ociRegistry({ config, catalogue }: Platform): OciRegistry {
  const credentials = SECRET.ociRegistry;
  const baseImage = repositoryAndTag(catalogue.image('model-server'), config.images.registry);
  return config.images.registry === undefined
    ? {
        pushHost: clusterAddress(SERVICE.ociRegistry),
        pullHost: OCI_PULL_HOST,
        baseImage,
        namespace: SERVICE.ociRegistry.namespace,
        port: SERVICE.ociRegistry.port,
        credentials,
      }
    : {
        pushHost: config.images.registry,
        pullHost: config.images.registry,
        baseImage,
        namespace: '',
        port: portOf(config.images.registry),
        credentials,
      };
}

/** For charts with accounts of their own: the Secret with which nodes pull, where platform.yaml names a login. */
export function pullSecret({ images }: PlatformConfig): { readonly imagePullSecret?: string } {
  return images.credentials === undefined ? {} : { imagePullSecret: SECRET.ociRegistry };
}

/** 443, unless host:port/path says another one. */
export function portOf(registry: string): number {
  return Number(/^[^/]+:(\d+)/.exec(registry)?.[1] ?? 443);
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
