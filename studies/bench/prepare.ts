import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import type { Recipe } from '../../toolchain/artifact';
import { cacheFolder, openStore } from '../../toolchain/store';
import { errors } from './errors';
import { modelRecipe, requestsRecipe } from './inputs';
import { ohaRecipe, requireCargo } from './load-generator';
import { peers } from './servers/index';

/** Says what happens, one line at a time. */
export type Say = (line: string) => void;

/** Finds the folder of a finished recipe. */
export type Artifacts = (recipe: Recipe) => string;

/**
 * Makes what the benchmark needs unless it lies in the cache: one after the other, because each keeps the machine busy.
 *
 * @throws {BenchError} noProgram, noCargo, oldCargo; PreparationError when something cannot be built
 */
export async function prepare(say: Say, signal: AbortSignal): Promise<Artifacts> {
  for (const program of ['taskset', 'setpriv']) requireProgram(program);
  const store = openStore(join(cacheFolder(), 'bench'), undefined);
  store.clean();
  const recipes = [modelRecipe, requestsRecipe, ohaRecipe, ...peers.flatMap((peer) => peer.recipes)];
  const missing = recipes.filter((recipe) => store.find(recipe) === undefined);
  if (missing.some(({ id }) => id === ohaRecipe.id || id === 'bench-rust')) requireCargo();
  for (const recipe of missing) {
    const started = performance.now();
    say(`… ${recipe.title}`);
    await store.make(recipe, { report: () => undefined, signal });
    say(`✓ ${recipe.title} (${Math.round((performance.now() - started) / 1000)} s)`);
  }
  for (const peer of peers) await peer.prepare?.();
  return (recipe) => store.find(recipe) ?? '';
}

function requireProgram(name: string): void {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' });
  } catch {
    throw errors.noProgram(name);
  }
}
