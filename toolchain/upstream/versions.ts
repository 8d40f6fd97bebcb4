import { pins } from './pins';
import { overriddenBy } from './overrides';

/** The pins, with those of UPSTREAM_VERSIONS in their place. */
export const versions = overriddenBy(process.env.UPSTREAM_VERSIONS, pins);
