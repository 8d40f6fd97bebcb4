import type { ReleaseDocument } from './ports';
import { sameState, stateOf, withState, type ModelState } from './releases';

/** Writes about other models that may come in between before giving up. */
const TRIES = 20;

export type Replaced =
  /** It was as expected, and is as wanted now. */
  | 'replaced'
  /** It is as wanted already. */
  | 'already'
  /** Somebody else wrote; nothing was changed. */
  | 'changed';

export async function readState(document: ReleaseDocument, model: string): Promise<ModelState> {
  return stateOf((await document.read()).releases, model);
}

/**
 * Compare-and-swap of one model's releases and history. A concurrent write about another model is not a conflict: it is
 * read again and kept.
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
    if (!sameState(current, expected)) return 'changed';
    if (await document.replace(revision, withState(releases, model, next))) return 'replaced';
  }
  throw new Error(`the release list was changed ${TRIES} times in a row while ${model} was written`);
}
