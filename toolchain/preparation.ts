import type { ImageName } from '../contracts/images';
import { keyOf, type Recipe } from './artifact';
import { cleanEngine } from './engine-clean';
import { engineIsReady, ensureEngine } from './engine-install';
import { hasImage, requireEngine } from './engine';
import { ensureLoaded } from './image';
import type { Task } from './scheduler';
import type { Source } from './source';
import { isBuilding, type Store } from './store';
import { userTerraform } from './terraform';

export interface PreparationOptions {
  /** Images to prepare; an empty list prepares only tools. @default all */
  readonly images?: readonly ImageName[];
  /** Also the tool that tests charts. @default false */
  readonly helmUnittest?: boolean;
  /** Also the tool that tests alerting rules. @default false */
  readonly promtool?: boolean;
  /** Also a Prometheus for this machine. @default false */
  readonly prometheus?: boolean;
  /** Also the file system of the nginx image, where the source has one. @default false */
  readonly nginxRoot?: boolean;
  /** Also what a cluster of this type needs; `none` for tools alone. @default 'kind' */
  readonly cluster?: 'kind' | 'existing' | 'none';
}

/** Tasks for what is missing, with their dependencies; empty if everything exists. */
export function missingTasks(source: Source, store: Store, options: PreparationOptions = {}): Task[] {
  const {
    images = Object.keys(source.images) as ImageName[],
    helmUnittest = false,
    promtool = false,
    prometheus = false,
    nginxRoot = false,
    cluster = 'kind',
  } = options;
  const platform = cluster !== 'none';
  const kind = cluster === 'kind';
  const targets = [
    ...(helmUnittest ? [source.helmUnittest.recipe] : []),
    ...(promtool ? [source.promtool.recipe] : []),
    ...(prometheus ? [source.prometheus.recipe] : []),
    ...(nginxRoot && source.nginxRoot ? [source.nginxRoot.recipe] : []),
    ...(userTerraform() === undefined && platform ? [source.terraform.recipe] : []),
    ...(platform ? [source.crane.recipe] : []),
    ...(platform && source.providerMirror ? [source.providerMirror] : []),
    ...(kind ? [source.kind.recipe] : []),
    ...(kind && source.node.recipe ? [source.node.recipe] : []),
    ...images.flatMap((name) => source.images[name]?.recipe ?? []),
  ];
  const missing = withMissingNeeds(targets, store);
  const needsEngine = platform || images.length > 0;
  const engine = needsEngine && !engineIsReady() ? [engineTask(store)] : [];
  return [
    ...engine,
    ...missing.map((recipe) => artifactTask(recipe, store, missing, engine.length > 0)),
    ...(kind ? nodeTask(source, store, missing, engine.length > 0) : []),
  ];
}

/** Recipes without an artifact, and their dependencies without one, dependencies first. */
function withMissingNeeds(targets: readonly Recipe[], store: Store): Recipe[] {
  const found = new Map<string, Recipe>();
  const visit = (recipe: Recipe) => {
    if (found.has(recipe.id) || store.find(recipe) !== undefined) return;
    (recipe.needs ?? []).forEach(visit);
    found.set(recipe.id, recipe);
  };
  targets.forEach(visit);
  return [...found.values()];
}

const ENGINE = 'engine';

function engineTask(store: Store): Task {
  return {
    id: ENGINE,
    title: 'find or install a container engine',
    done: engineIsReady,
    run: async (report, signal) => {
      await ensureEngine({ report, signal });
      if (!isBuilding(store.folder)) await cleanEngine(requireEngine());
    },
  };
}

function artifactTask(recipe: Recipe, store: Store, all: readonly Recipe[], waitForEngine: boolean): Task {
  const needs = (recipe.needs ?? []).filter((need) => all.includes(need)).map((need) => need.id);
  const usesEngine = recipe.id.startsWith('image-');
  return {
    id: recipe.id,
    title: recipe.title,
    dependsOn: [...needs, ...(usesEngine && waitForEngine ? [ENGINE] : [])],
    heavy: recipe.heavy ?? false,
    done: () => store.find(recipe) !== undefined,
    run: async (report, signal) => {
      await store.make(recipe, { report, signal });
    },
  };
}

/** kind takes the node image from the engine, not from an archive. */
function nodeTask(source: Source, store: Store, all: readonly Recipe[], waitForEngine: boolean): Task[] {
  const { reference, recipe } = source.node;
  if (!recipe) return [];
  const isLoaded = () => engineIsReady() && hasImage(requireEngine(), reference);
  if (!waitForEngine && !all.includes(recipe) && isLoaded()) return [];
  return [
    {
      id: 'node-loaded',
      title: `load the node image ${keyOf(recipe)} into the engine`,
      dependsOn: [...(all.includes(recipe) ? [recipe.id] : []), ...(waitForEngine ? [ENGINE] : [])],
      done: () => !all.includes(recipe) && isLoaded(),
      run: async (report, signal) => {
        const folder = store.find(recipe);
        if (folder !== undefined) await ensureLoaded(reference, folder, { report, signal });
      },
    },
  ];
}
