import { overriddenBy, type Overridden } from './overrides';
import { pins } from './pins';

interface Resolved {
  readonly versions: Overridden<typeof pins>;
  /** Why UPSTREAM_VERSIONS is not used. */
  readonly problem?: Error;
}

function resolved(): Resolved {
  try {
    return { versions: overriddenBy(process.env.UPSTREAM_VERSIONS, pins) };
  } catch (error) {
    return { versions: pins, problem: error as Error };
  }
}

const { versions: used, problem } = resolved();

/** The pins, with those of UPSTREAM_VERSIONS in their place. Recipes are made of them before any command can fail. */
export const versions = used;

/** @throws PreparationError badVersions, if UPSTREAM_VERSIONS is set and cannot be used */
export function requireVersions(): void {
  if (problem !== undefined) throw problem;
}
