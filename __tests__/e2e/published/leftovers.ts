import { findEngine } from '../../../toolchain/engine';
import { engine } from '../support/cluster';

export const CLUSTER = 'mlops-published';
const NODE = `${CLUSTER}-control-plane`;
/** Every stand-in has it, and what is built on one. */
const LABEL = 'mlops.dev/stand-in=true';

/**
 * Removes what a killed run left, and every image that only looks like a published one: no later build may find it.
 * Does nothing on a machine without an engine.
 */
export function removeLeftovers(): void {
  if (!findEngine()) return;
  const list = (...args: string[]) =>
    engine(...args)
      .split('\n')
      .filter(Boolean);
  const containers = list('ps', '--all', '--quiet', '--filter', `name=^${NODE}$`);
  if (containers.length > 0) engine('rm', '--force', '--volumes', ...containers);
  const volumes = list('volume', 'ls', '--quiet', '--filter', `label=${NODE}`);
  if (volumes.length > 0) engine('volume', 'rm', ...volumes);
  const images = new Set([
    ...list('images', '--quiet', '--filter', `label=${LABEL}`),
    ...list('images', '--quiet', '--filter', 'reference=localhost/mlops/root-stand-in-*'),
  ]);
  if (images.size > 0) engine('rmi', '--force', ...images);
}
