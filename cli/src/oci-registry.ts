import { reasonOf } from './cluster/kubernetes';
import { errors } from './errors';

const MANIFESTS = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.index.v1+json',
].join(', ');

/**
 * The digest that a tag (or digest) points to, or undefined when there is none.
 * Source: OCI distribution specification 1.1, "Checking if content exists in the registry".
 */
export async function manifestDigest(
  address: string,
  repository: string,
  reference: string,
): Promise<string | undefined> {
  let response: Response;
  try {
    response = await fetch(`${address}/v2/${repository}/manifests/${reference}`, {
      method: 'HEAD',
      headers: { accept: MANIFESTS },
      signal: AbortSignal.timeout(15_000),
    });
  } catch (error) {
    throw errors.unavailable('The OCI registry', address, reasonOf(error));
  }
  if (response.status === 404) return undefined;
  const digest = response.headers.get('docker-content-digest');
  if (!response.ok || digest === null) {
    throw errors.unavailable('The OCI registry', address, `HTTP ${String(response.status)}`);
  }
  return digest;
}
