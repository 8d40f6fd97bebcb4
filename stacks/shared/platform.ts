import type { Catalogue } from './catalogue';
import type { PlatformConfig } from './config';

/** What every stack is given. */
export interface Platform {
  readonly config: PlatformConfig;
  readonly catalogue: Catalogue;
}
