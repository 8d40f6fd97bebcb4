import { findEngine } from '../../../toolchain/engine';
import { engine, engineLines, removeNode } from '../support/cluster';

export const CLUSTER = 'mlops-published';
/** Every stand-in has it, and what is built on one. */
const LABEL = 'mlops.dev/stand-in=true';

/**
 * Removes what a killed run left, and every image that only looks like a published one: no later build may find it.
 * Does nothing on a machine without an engine.
 */
export function removeLeftovers(): void {
  if (!findEngine()) return;
  removeNode(`${CLUSTER}-control-plane`);
  const images = new Set([
    ...engineLines('images', '--quiet', '--filter', `label=${LABEL}`),
    ...engineLines('images', '--quiet', '--filter', 'reference=localhost/mlops/root-stand-in-*'),
  ]);
  if (images.size > 0) engine('rmi', '--force', ...images);
}
