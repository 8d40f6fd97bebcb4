import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { requireEngine, type Engine } from './engine';
import { errors } from './errors';
import type { ImageSource, Program } from './source';
import { sources } from './sources';
import { defaultStore } from './store';
import { userTerraform } from './terraform';

/** Versions of hashicorp/kubernetes and hashicorp/helm. */
export function providerVersions(source: ImageSource): {
  readonly kubernetes: string;
  readonly helm: string;
} {
  return sources[source].providers;
}

/**
 * The folder for `terraform.d/plugins`; undefined if Terraform downloads its providers.
 * @throws PreparationError notPrepared
 */
export function providerMirror(source: ImageSource): string | undefined {
  const recipe = sources[source].providerMirror;
  if (!recipe) return undefined;
  const folder = defaultStore().find(recipe);
  if (folder === undefined) throw errors.notPrepared('The Terraform provider mirror');
  return folder;
}

/** Path of the program that talks to OCI registries; in a pod, where nothing is prepared, its name on PATH. */
export function crane(source: ImageSource): string {
  const { recipe, file } = sources[source].crane;
  const folder = defaultStore().find(recipe);
  return folder === undefined ? file : join(folder, file);
}

export interface Tools {
  readonly engine: Engine;
  /** Absolute path; prepared for kind clusters only. */
  readonly kind: string;
  /** Absolute path, or a name on PATH. */
  readonly terraform: string;
  /** Complete environment for all of them. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * The tools that preparation found or built.
 * @throws PreparationError notPrepared, noEngine, engineRefuses
 */
export function tools(source: ImageSource): Tools {
  const recipes = sources[source];
  const engine = requireEngine();
  const terraform = userTerraform() ?? programPath(recipes.terraform);
  return {
    engine,
    get kind() {
      return programPath(recipes.kind);
    },
    terraform,
    env: {
      ...process.env,
      ...engine.env,
      ...terraformEnv(terraform),
    },
  };
}

/**
 * Terraform alone, for commands that need neither engine nor images.
 * @throws PreparationError notPrepared
 */
export function terraformTool(source: ImageSource): {
  readonly binary: string;
  readonly env: NodeJS.ProcessEnv;
} {
  const binary = userTerraform() ?? programPath(sources[source].terraform);
  return { binary, env: { ...process.env, ...terraformEnv(binary) } };
}

function terraformEnv(binary: string): NodeJS.ProcessEnv {
  return {
    TERRAFORM_BINARY_NAME: binary,
    CHECKPOINT_DISABLE: '1',
    DISABLE_VERSION_CHECK: '1',
    CDKTF_DISABLE_PLUGIN_CACHE_ENV: '1',
  };
}

/**
 * Path of the program that tests alerting rules.
 * @throws PreparationError notPrepared
 */
export function promtool(source: ImageSource): string {
  return programPath(sources[source].promtool);
}

/**
 * Path of a Prometheus that runs on this machine.
 * @throws PreparationError notPrepared
 */
export function prometheus(source: ImageSource): string {
  return programPath(sources[source].prometheus);
}

/**
 * Path of the program that runs chart tests.
 * @throws PreparationError notPrepared
 */
export function helmUnittest(source: ImageSource): string {
  return programPath(sources[source].helmUnittest);
}

/**
 * The archive of the nginx image's file system; undefined where that image is published whole.
 * @throws PreparationError notPrepared
 */
export function nginxRoot(source: ImageSource): string | undefined {
  const root = sources[source].nginxRoot;
  if (root === undefined) return undefined;
  const folder = defaultStore().find(root.recipe);
  if (folder === undefined) throw errors.notPrepared(root.recipe.title);
  return join(folder, root.archive);
}

function programPath({ recipe, file }: Program): string {
  const folder = defaultStore().find(recipe);
  if (folder === undefined || !existsSync(join(folder, file))) throw errors.notPrepared(recipe.title);
  return join(folder, file);
}
