import type { ReleaseDocument } from './ports';
import { sameButLease, sameState, stateOf, withState, type ModelState } from './releases';

/** How many concurrent writes about other models to tolerate before giving up. */
const TRIES = 20;

export type Replaced =
  /** It was as expected, and is now as wanted. */
  | 'replaced'
  /** It already was as wanted. */
  | 'already'
  /** It was not as expected; nothing was changed. */
  | 'changed';

export async function readState(document: ReleaseDocument, model: string): Promise<ModelState> {
  return stateOf((await document.read()).releases, model);
}

/**
 * Compare-and-swap of one model's releases and history. A concurrent write about another model is no conflict: it is
 * re-read and kept. Nor is a renewal of a canary's lease.
 */
export async function replaceState(
  document: ReleaseDocument,
  model: string,
  expected: ModelState,
  next: ModelState,
): Promise<Replaced> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const { releases, revision } = await document.read();
    const current = stateOf(releases, model);
    if (sameState(current, next)) return 'already';
    if (!sameButLease(current, expected)) return 'changed';
    if (await document.replace(revision, withState(releases, model, next))) return 'replaced';
  }
  throw new Error(`the release list changed ${TRIES} times in a row while writing ${model}`);
}
