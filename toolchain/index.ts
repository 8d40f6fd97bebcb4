import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packagesSource } from './packages/index';
import { findEngine, requireEngine, type Engine } from './engine';
import { cleanEngine, removeOurImages } from './engine-clean';
import { errors, PreparationError } from './errors';
import { IMAGE_ARCHIVE } from './image';
import { missingTasks, type PreparationOptions } from './preparation';
import { resolveSource } from './probe';
import { schedule, type Progress, type Task } from './scheduler';
import type { ImageName, ImageSource, Program, Source } from './source';
import { cacheFolder, isBuilding, openStore, type Store } from './store';
import { userTerraform } from './terraform';
import { upstreamSource } from './upstream/index';

export {
  cacheFolder,
  PreparationError,
  resolveSource,
  type Engine,
  type ImageName,
  type ImageSource,
  type PreparationOptions,
  type Task,
};

const sources: Readonly<Record<ImageSource, Source>> = {
  upstream: upstreamSource,
  packages: packagesSource,
};

let opened: Store | undefined;
const store = () => (opened ??= openStore());

/** Every image that runs on the platform. */
export const platformImages: readonly ImageName[] = [
  'postgres',
  'nginx',
  'oci-registry',
  'mlflow',
  'pipeline',
  'model-server',
];

/** Images that this repository makes for either source. */
export const ownImages: readonly ImageName[] = ['mlflow', 'pipeline', 'model-server'];

/** The reference that a pod uses. Needs no network and no engine; own images are named by their content. */
export function imageReference(name: ImageName, source: ImageSource): string {
  return sources[source].images[name].reference;
}

/**
 * The docker-archive of an image.
 * @throws PreparationError notPrepared
 */
export function imageArchive(name: ImageName, source: ImageSource): string {
  const { recipe } = sources[source].images[name];
  const folder = store().find(recipe);
  if (folder === undefined) throw errors.notPrepared(`Image ${name}`);
  return join(folder, IMAGE_ARCHIVE);
}

/** The image of a Kubernetes node, for kind. */
export function nodeImage(source: ImageSource): string {
  return sources[source].node.reference;
}

/** Top-level fields of a kind configuration that depend on the node image. */
export function kindNodePatches(source: ImageSource): Readonly<Record<string, unknown>> {
  return sources[source].kindPatches();
}

/** containerd's hosts.toml for `registry.mlops:5000`: the in-cluster registry's port on the node itself. */
export function registryHostsToml(nodePort = 30501): string {
  const address = `http://127.0.0.1:${String(nodePort)}`;
  return `server = "${address}"\n\n[host."${address}"]\n  capabilities = ["pull", "resolve"]\n`;
}

/** Versions of hashicorp/kubernetes and hashicorp/helm. */
export function providerVersions(source: ImageSource): {
  readonly kubernetes: string;
  readonly helm: string;
} {
  return sources[source].providers;
}

/**
 * The folder to be used as `terraform.d/plugins`; undefined where Terraform downloads providers by itself.
 * @throws PreparationError notPrepared
 */
export function providerMirror(source: ImageSource): string | undefined {
  const recipe = sources[source].providerMirror;
  if (!recipe) return undefined;
  const folder = store().find(recipe);
  if (folder === undefined) throw errors.notPrepared('The Terraform provider mirror');
  return folder;
}

export interface Tools {
  readonly engine: Engine;
  /** Absolute path. */
  readonly kind: string;
  /** Absolute path, or a name on PATH. */
  readonly terraform: string;
  /** Complete environment for all of them. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Tools that preparation found or made.
 * @throws PreparationError notPrepared, noEngine, engineRefuses
 */
export function tools(source: ImageSource): Tools {
  const recipes = sources[source];
  const engine = requireEngine();
  const terraform = userTerraform() ?? programPath(recipes.terraform);
  return {
    engine,
    kind: programPath(recipes.kind),
    terraform,
    env: {
      ...process.env,
      ...engine.env,
      TERRAFORM_BINARY_NAME: terraform,
      CHECKPOINT_DISABLE: '1',
      DISABLE_VERSION_CHECK: '1',
      CDKTF_DISABLE_PLUGIN_CACHE_ENV: '1',
    },
  };
}

/**
 * Path of the program that runs chart tests.
 * @throws PreparationError notPrepared
 */
export function helmUnittest(source: ImageSource): string {
  return programPath(sources[source].helmUnittest);
}

function programPath({ recipe, file }: Program): string {
  const folder = store().find(recipe);
  if (folder === undefined || !existsSync(join(folder, file))) throw errors.notPrepared(recipe.title);
  return join(folder, file);
}

/** What is missing of tools and images, as tasks; also removes what killed builds left behind. */
export function preparationTasks(source: ImageSource, options: PreparationOptions = {}): Task[] {
  store().clean();
  return missingTasks(sources[source], store(), options);
}

/** Runs tasks, at most two heavy ones at once. @throws the first failure, once nothing runs any more */
export async function runTasks(
  tasks: readonly Task[],
  signal: AbortSignal,
  progress: Progress = {},
): Promise<void> {
  const scheduler = schedule(tasks, signal, progress);
  const results = await Promise.allSettled(tasks.map((task) => scheduler.run(task)));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

/** A task as a step of a task list. Steps wait for each other by themselves: start all of them at once. */
export interface PreparationStep {
  readonly title: string;
  run(report: (line: string) => void): Promise<string>;
}

/** {@link preparationTasks} as steps that share one scheduler. */
export function preparationSteps(
  source: ImageSource,
  signal: AbortSignal,
  options: PreparationOptions = {},
): Promise<readonly PreparationStep[]> {
  const tasks = preparationTasks(source, options);
  const reports = new Map<string, (line: string) => void>();
  const seconds = new Map<string, number>();
  const scheduler = schedule(tasks, signal, {
    line: (task, line) => reports.get(task.id)?.(line),
    finished: (task, taken) => seconds.set(task.id, taken ?? 0),
  });
  const steps = tasks.map((task) => ({
    title: task.title,
    run: async (report: (line: string) => void) => {
      reports.set(task.id, report);
      await scheduler.run(task);
      return `${task.title}: ${(seconds.get(task.id) ?? 0).toFixed(1)} s of work`;
    },
  }));
  return Promise.resolve(steps);
}

/** Removes containers of killed builds and all images of ours from the engine, if there is one. */
export async function purgeEngine(): Promise<void> {
  const engine = findEngine();
  if (!engine || isBuilding(store().folder)) return;
  await cleanEngine(engine);
  await removeOurImages(engine);
}
