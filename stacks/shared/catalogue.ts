import type { ImageName } from '../../contracts/images';

/** Where everything that is not code comes from. */
export interface Catalogue {
  /** The reference that a pod uses for an image. */
  image(name: ImageName): string;
  /** Grafana's image; undefined with a source that has none. */
  readonly grafana: string | undefined;
  readonly providers: { readonly kubernetes: string; readonly helm: string };
  /** Folder with the Terraform providers; undefined when Terraform downloads them. */
  readonly providerMirror: string | undefined;
}

// Own images carry this host until they are in a registry: nodes never pull from it.
const LOCAL = 'localhost/';

/** Where an own image is found by nodes that cannot be loaded with it. */
export function inRegistry(reference: string, registry: string | undefined): string {
  return registry === undefined || !reference.startsWith(LOCAL)
    ? reference
    : `${registry}/${reference.slice(LOCAL.length)}`;
}
