import type { Recipe } from './artifact';
import { dockerfileImage, type Base } from './image';
import { modelFolders } from '../contracts/model-folders';
import { workspaceManifest } from './npm-lock';
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
}

/** Recipes of the images whose Dockerfiles are in this repository. */
export function ownImageRecipes(bases: Bases) {
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
        ...Object.fromEntries(
          ['package.json', 'build.ts', 'src'].map((path) => [`quality/${path}`, `quality/${path}`]),
        ),
        // Of contracts/ what the bundle holds, so that nothing else changes the image.
        ...Object.fromEntries(
          ['labels.ts', 'metrics.ts', 'metrics'].map((path) => [`contracts/${path}`, `contracts/${path}`]),
        ),
      },
      texts: { ...workspaceManifest(ROOT, 'quality') },
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
  } satisfies Record<OwnImageName, Recipe>;
}
