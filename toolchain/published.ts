import { imageReference } from './images';
import { OciRegistry } from './oci-registry';
import type { ImageSource } from './source';
import { crane } from './tools';

/** Whether the OCI registry has an image of this checkout. */
export interface Published {
  /** `repository:tag`. */
  readonly name: string;
  readonly isThere: boolean;
}

/**
 * Asks for the model server, the base of packaged models; a container engine builds it, and runners have none.
 * @param host host[:port]/path
 * @throws PreparationError registryFailed
 */
export async function publishedModelServer(host: string, source: ImageSource): Promise<Published> {
  const reference = imageReference('model-server', source);
  const name = reference.slice(reference.indexOf('/') + 1);
  const digest = await new OciRegistry({ host, crane: crane(source) }).digest(name);
  return { name, isThere: digest !== undefined };
}
