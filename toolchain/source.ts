import type { DashboardsImageName, PlatformImageName } from '../contracts/images';
import type { Recipe } from './artifact';
import type { RootBase } from './image';

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

/** Everything that differs between the sources. */
export interface Source {
  readonly images: Readonly<
    Record<PlatformImageName, PlatformImage> & Partial<Record<DashboardsImageName, PlatformImage>>
  >;
  readonly node: {
    readonly reference: string;
    /** Undefined if kind pulls the image. */
    readonly recipe?: Recipe;
  };
  readonly kind: Program;
  /** Talks to OCI registries. */
  readonly crane: Program;
  /** Used when the machine has no supported Terraform. */
  readonly terraform: Program;
  readonly helmUnittest: Program;
  /** Tests alerting rules. */
  readonly promtool: Program;
  /** Evaluates rules over history on this machine, for studies. */
  readonly prometheus: Program;
  /** The file system of the nginx image. Undefined where that image is published whole. */
  readonly nginxRoot?: RootBase;
  readonly providers: { readonly kubernetes: string; readonly helm: string };
  /** Holds the providers in the layout of Terraform's implied local mirror. */
  readonly providerMirror?: Recipe;
  /** Top-level fields of the kind configuration. */
  readonly kindPatches: () => Readonly<Record<string, unknown>>;
}
