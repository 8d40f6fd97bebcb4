import { packagesSource } from './packages/index';
import type { ImageSource, Source } from './source';
import { upstreamSource } from './upstream/index';

export const sources: Readonly<Record<ImageSource, Source>> = {
  upstream: upstreamSource,
  packages: packagesSource,
};
