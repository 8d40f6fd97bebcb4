import type { Platform } from './platform';
import { NAMESPACE } from './names';

/** How pods and nodes reach the OCI registry that model images live in. */
export interface ModelRegistry {
  /** Where pipeline pods push. */
  readonly pushHost: string;
  /** What nodes pull from. */
  readonly pullHost: string;
  /** repository:tag of the model server inside it. */
  readonly baseImage: string;
  /** Namespace of the registry; empty when it is outside of the cluster. */
  readonly namespace: string;
}

export function modelRegistry({ config, catalogue }: Platform): ModelRegistry {
  const baseImage = repositoryAndTag(catalogue.image('model-server'), config.images.registry);
  return config.images.registry === undefined
    ? {
        pushHost: `registry.${NAMESPACE.registry}.svc.cluster.local:5000`,
        // A name of containerd's certs.d only; it leads to the registry's NodePort on the node itself.
        pullHost: 'registry.mlops:5000',
        baseImage,
        namespace: NAMESPACE.registry,
      }
    : { pushHost: config.images.registry, pullHost: config.images.registry, baseImage, namespace: '' };
}

/**
 * What is left of an image reference without the registry in front:
 * `localhost/mlops/model-server:1f2e` → `mlops/model-server:1f2e`.
 */
export function repositoryAndTag(reference: string, registry?: string): string {
  return registry !== undefined && reference.startsWith(`${registry}/`)
    ? reference.slice(registry.length + 1)
    : reference.replace(/^[^/]*[.:][^/]*\/|^localhost\//, '');
}
