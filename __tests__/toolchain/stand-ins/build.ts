import type { Recipe } from '../../../toolchain/artifact';
import { cacheFolder, openStore } from '../../../toolchain/store';

/** Makes what of a recipe and its needs is missing, one after the other. @returns the artifact's folder */
export async function make(
  recipe: Recipe,
  report: (line: string) => void,
  signal: AbortSignal,
): Promise<string> {
  const store = openStore(cacheFolder());
  const found = store.find(recipe);
  if (found !== undefined) return found;
  for (const need of recipe.needs ?? []) await make(need, report, signal);
  report(recipe.title);
  return store.make(recipe, { report: () => undefined, signal });
}
