import { imageReference } from './images';
import type { ImageSource } from './source';

const PATIENCE_MS = 15_000;
const ACCEPT =
  'application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json';

/** Whether the OCI registry has an image of this checkout. */
export interface Published {
  /** `repository:tag`. */
  readonly name: string;
  readonly isThere: boolean;
}

/**
 * Asks for the model server, the base of packaged models; a container engine publishes it, and runners have none.
 * @param registry host[:port]/path
 */
export async function publishedModelServer(registry: string, source: ImageSource): Promise<Published> {
  const reference = imageReference('model-server', source);
  const name = reference.slice(reference.indexOf('/') + 1);
  const [repository = '', tag = ''] = name.split(':');
  const [host = '', ...path] = registry.split('/');
  const address = `http://${host}/v2/${[...path, repository].join('/')}/manifests/${tag}`;
  const { status } = await fetch(address, {
    method: 'HEAD',
    headers: { accept: ACCEPT },
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (status !== 200 && status !== 404) throw new Error(`${address} answered ${String(status)}`);
  return { name, isThere: status === 200 };
}
