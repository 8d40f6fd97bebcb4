import { join } from 'node:path';
import type { Build, Recipe } from './artifact';
import { dockerfileImage, type Base } from './image';
import { layeredImage } from './layered-image';
import { modelFolders } from '../contracts/model-folders';
import { workspaceManifest } from './npm-lock';
import { execute } from './process';
import type { OwnImageName } from '../contracts/images';
import { ROOT } from '../contracts/repository';

/** Bases of our images; both sources use the same Dockerfiles. */
export interface Bases {
  /** Debian 12 with Python 3.11, venv and pip. */
  readonly pythonBuild: Base;
  /** Debian 12 with Python 3.11. */
  readonly python: Base;
  /** Debian 12 with Node 22 and npm. */
  readonly nodeBuild: Base;
  /** Holds the program `crane` at /ko-app/crane. */
  readonly crane: Base;
  /** Debian 12 with Python 3.11, git and make, or with apt-get to install the latter two. */
  readonly workshop: Base;
}

/** What `mlops`, Terraform and the tests of a commit read, as paths from the root. */
const PLATFORM = [
  ...['charts', 'ci', 'cli', 'contracts', 'dashboards', 'examples', 'images', 'model-server', 'monitoring'],
  ...['pipeline', 'quality', 'rollout', 'scripts', 'stacks', 'toolchain'],
  ...['cdktf.json', 'main.ts', 'mlops', 'tsconfig.json'],
];

/** What npm installs from. */
const MANIFESTS = [
  ...['.npmrc', 'package-lock.json', 'package.json'],
  ...['cli/package.json', 'model-server/package.json', 'quality/package.json', 'rollout/package.json'],
];

const LOCKS = ['pipeline/requirements.lock', 'pipeline/requirements-dev.lock', 'ci/requirements.lock'];

/** Where `mlops` looks for its bundle. */
const BUNDLE = 'platform/node_modules/.cache/mlops/cli.mjs';

async function bundleCommandLine(file: string, { signal }: Build): Promise<void> {
  const env = { ...process.env, MLOPS_BUNDLE: file };
  await execute(join(ROOT, 'mlops'), ['--help'], { cwd: ROOT, env, signal });
}

const inRollout = (path: string) => `rollout/${path}`;
const inPlace = (paths: readonly string[]) => Object.fromEntries(paths.map((path) => [path, path]));

const below = (folder: string, paths: readonly string[]) =>
  Object.fromEntries(paths.map((path) => [`${folder}/${path}`, path]));

/**
 * Recipes of the images whose Dockerfiles are in this repository.
 * @param artifacts tools that the platform's image brings; `mlops` finds them there as in the cache of a laptop
 */
export function ownImageRecipes(bases: Bases, artifacts: readonly Recipe[] = []) {
  return {
    mlflow: dockerfileImage({
      name: 'mlflow',
      dockerfile: 'images/mlflow/Dockerfile',
      context: { 'requirements.lock': 'images/mlflow/requirements.lock' },
      bases: { BUILD_BASE: bases.pythonBuild, BASE: bases.python },
    }),
    pipeline: dockerfileImage({
      name: 'pipeline',
      dockerfile: 'images/pipeline/Dockerfile',
      context: {
        pipeline: 'pipeline',
        ...Object.fromEntries(modelFolders().map((path) => [`model-folders/${path}`, path])),
      },
      bases: { BUILD_BASE: bases.pythonBuild, BASE: bases.python, CRANE: bases.crane },
    }),
    'model-server': dockerfileImage({
      name: 'model-server',
      dockerfile: 'images/model-server/Dockerfile',
      context: {
        // Of contracts/ what the bundle holds, so that nothing else changes the image.
        'contracts/canary.ts': 'contracts/canary.ts',
        'images/model-server/assemble': 'images/model-server/assemble',
        'model-server/package.json': 'model-server/package.json',
        'model-server/build.ts': 'model-server/build.ts',
        'model-server/sbom.ts': 'model-server/sbom.ts',
        'model-server/src': 'model-server/src',
      },
      texts: { ...workspaceManifest(ROOT, 'model-server') },
      bases: { BUILD_BASE: bases.nodeBuild },
    }),
    quality: dockerfileImage({
      name: 'quality',
      dockerfile: 'images/quality/Dockerfile',
      context: {
        ...Object.fromEntries(['package.json', 'src'].map((path) => [`quality/${path}`, `quality/${path}`])),
        'images/bundle.ts': 'images/bundle.ts',
        // Of contracts/ what the bundle holds, so that nothing else changes the image.
        ...Object.fromEntries(
          ['labels.ts', 'metrics.ts', 'metrics'].map((path) => [`contracts/${path}`, `contracts/${path}`]),
        ),
      },
      texts: { ...workspaceManifest(ROOT, 'quality') },
      bases: { BUILD_BASE: bases.nodeBuild },
    }),
    'rollout-controller': dockerfileImage({
      name: 'rollout-controller',
      dockerfile: 'images/rollout-controller/Dockerfile',
      context: inPlace([
        ...['package.json', 'canary', 'controller', 'kubernetes', 'verdict'].map(inRollout),
        ...['failures.ts', 'model-store.ts', 'ports.ts', 'prometheus.ts', 'releases.ts'].map(inRollout),
        ...['contracts', 'images/bundle.ts'],
        // Of monitoring/ what the bundle holds, so that nothing else changes the image.
        ...['canary', 'promql', 'serving'].map((name) => `monitoring/queries/${name}.ts`),
      ]),
      texts: { ...workspaceManifest(ROOT, 'rollout') },
      bases: { BUILD_BASE: bases.nodeBuild },
    }),
    'dashboards-viewer': dockerfileImage({
      name: 'dashboards-viewer',
      dockerfile: 'images/dashboards-viewer/Dockerfile',
      context: Object.fromEntries(
        ['package.json', 'package-lock.json', 'tsconfig.json', 'build.ts', 'page', 'server'].map((path) => [
          path,
          `dashboards/viewer/${path}`,
        ]),
      ),
      bases: { BUILD_BASE: bases.nodeBuild },
    }),
    'ci-master': dockerfileImage({
      name: 'ci-master',
      dockerfile: 'images/ci-master/Dockerfile',
      context: { 'requirements.lock': 'ci/requirements.lock', ci: 'ci' },
      bases: { BUILD_BASE: bases.pythonBuild, BASE: bases.workshop },
    }),
    // Only its last layer changes with the tree: all else takes ten minutes and two gigabytes.
    platform: layeredImage({
      name: 'platform',
      base: dockerfileImage({
        name: 'platform-base',
        dockerfile: 'images/platform/Dockerfile',
        context: { ...below('manifests', MANIFESTS), ...below('locks', LOCKS) },
        artifacts,
        bases: {
          NODE_BASE: bases.nodeBuild,
          BUILD_BASE: bases.pythonBuild,
          BASE: bases.workshop,
          CRANE: bases.crane,
        },
      }),
      context: below('platform', [...PLATFORM, ...MANIFESTS, ...modelFolders()]),
      made: { [BUNDLE]: bundleCommandLine },
    }),
  } satisfies Record<OwnImageName, Recipe>;
}
