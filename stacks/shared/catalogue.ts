import type { ImageName } from '../../contracts/images';

/** Where images and providers come from. */
export interface Catalogue {
  /** The reference that a pod uses for an image. */
  image(name: ImageName): string;
  /** Grafana's image; undefined with a source that has none. */
  readonly grafana: string | undefined;
  /** The source of all of it. */
  readonly source: 'upstream' | 'packages';
  /** The versions that replace the pinned ones, as JSON; undefined where none does. */
  readonly upstreamVersions?: string | undefined;
  /** The commit that it is all taken from. */
  readonly commit: string;
  readonly providers: { readonly kubernetes: string; readonly helm: string };
  /** Folder with the Terraform providers; undefined when Terraform downloads them. */
  readonly providerMirror: string | undefined;
}

// Our images have this host until they are pushed to a registry: nodes never pull from it.
const LOCAL = 'localhost/';

/** The reference of one of our images on nodes that it cannot be loaded into. */
export function inRegistry(reference: string, registry: string | undefined): string {
  return registry === undefined || !reference.startsWith(LOCAL)
    ? reference
    : `${registry}/${reference.slice(LOCAL.length)}`;
}
