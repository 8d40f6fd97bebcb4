import { NODE_PORT } from '../contracts/services';
import type { ImageSource } from './source';
import { sources } from './sources';

/** The image of a Kubernetes node, for kind. */
export function nodeImage(source: ImageSource): string {
  return sources[source].node.reference;
}

/** Top-level fields of a kind configuration that depend on the node image. */
export function kindNodePatches(source: ImageSource): Readonly<Record<string, unknown>> {
  return sources[source].kindPatches();
}

/** containerd's hosts.toml for the platform's own OCI registry: the in-cluster registry's port on the node itself. */
export function registryHostsToml(nodePort: number = NODE_PORT.ociRegistry): string {
  const address = `http://127.0.0.1:${String(nodePort)}`;
  return `server = "${address}"\n\n[host."${address}"]\n  capabilities = ["pull", "resolve"]\n`;
}
