import { imageReference, providerMirror, providerVersions, resolveSource } from '../../toolchain';
import type { PlatformConfig } from './config';
import type { Catalogue } from './platform';

// Own images carry this host until they are in a registry: nodes never pull from it.
const LOCAL = 'localhost/';

/** The catalogue of the image source that platform.yaml chose, or that probing found. */
export function catalogueFor(images: PlatformConfig['images']): Catalogue {
  const { source } = resolveSource(images.source);
  return {
    image: (name) => inRegistry(imageReference(name, source), images.registry),
    providers: providerVersions(source),
    providerMirror: providerMirror(source),
  };
}

/** Where an own image is found by nodes that cannot be loaded with it. */
export function inRegistry(reference: string, registry: string | undefined): string {
  return registry === undefined || !reference.startsWith(LOCAL)
    ? reference
    : `${registry}/${reference.slice(LOCAL.length)}`;
}
