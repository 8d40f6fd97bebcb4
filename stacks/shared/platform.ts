import type { Catalogue } from './catalogue';
import type { PlatformConfig } from './config';

/** Input of every stack. */
export interface Platform {
  readonly config: PlatformConfig;
  readonly catalogue: Catalogue;
}
