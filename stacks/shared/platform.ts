import type { ImageName } from '../../toolchain';
import type { PlatformConfig } from './config';

/** What every stack is given. */
export interface Platform {
  readonly config: PlatformConfig;
  readonly catalogue: Catalogue;
}

/** Where everything that is not code comes from. */
export interface Catalogue {
  /** The reference that a pod uses for an image. */
  image(name: ImageName): string;
  readonly providers: { readonly kubernetes: string; readonly helm: string };
  /** Folder with the Terraform providers; undefined when Terraform downloads them. */
  readonly providerMirror: string | undefined;
}
