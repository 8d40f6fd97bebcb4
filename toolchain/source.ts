import type { DashboardsImageName, PlatformImageName } from '../contracts/images';
import type { Recipe } from './artifact';

/** Where images and tools come from. */
export type ImageSource = 'upstream' | 'packages';

/** A program inside an artifact. */
export interface Program {
  readonly recipe: Recipe;
  /** Path inside the artifact. */
  readonly file: string;
}

export interface PlatformImage {
  /** What a pod names. */
  readonly reference: string;
  /** Makes the docker-archive. */
  readonly recipe: Recipe;
}

/** All that differs between the sources: the rest of the repository knows nothing else about them. */
export interface Source {
  readonly images: Readonly<
    Record<PlatformImageName, PlatformImage> & Partial<Record<DashboardsImageName, PlatformImage>>
  >;
  readonly node: {
    readonly reference: string;
    /** Undefined where kind pulls the image by itself. */
    readonly recipe?: Recipe;
  };
  readonly kind: Program;
  /** Used when the machine has no Terraform that we know to work. */
  readonly terraform: Program;
  readonly helmUnittest: Program;
  /** Tests alerting rules. */
  readonly promtool: Program;
  readonly providers: { readonly kubernetes: string; readonly helm: string };
  /** Holds the providers in the layout of Terraform's implied local mirror. */
  readonly providerMirror?: Recipe;
  /** Top-level fields of the kind configuration. */
  readonly kindPatches: () => Readonly<Record<string, unknown>>;
}
