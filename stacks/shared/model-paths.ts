import { posix, relative, resolve } from 'node:path';
import { MODEL_FOLDER_DEPTH, modelFolders } from '../../contracts/model-folders';
import { closest } from './did-you-mean';
import type { Problem } from './errors';

type Models = Readonly<Record<string, { readonly path: string }>>;

/** Problems of models.*.path: the training image contains only models of the repository. */
export function modelPathProblems(file: string, root: string, models: Models): Problem[] {
  const known = modelFolders(root);
  return Object.entries(models).flatMap(([name, { path: got }]) => {
    const path = `models.${name}.path`;
    const folder = folderInRepository(root, got);
    if (folder === undefined) {
      return {
        file,
        path,
        what: 'is outside the repository',
        got,
        expected: 'a folder inside the repository, relative to its root: the training image is built from it',
        fix: `move the model into the repository, for example to models/${name}`,
      };
    }
    if (known.includes(folder)) return [];
    const near = closest(folder, known);
    return {
      file,
      path,
      what: 'contains no model',
      got,
      expected: `a folder with model.yaml, at most ${String(MODEL_FOLDER_DEPTH)} levels deep and not hidden; found: ${known.join(', ') || 'none'}`,
      fix: near === undefined ? `create ${folder}/model.yaml, or correct the path` : `did you mean ${near}?`,
    };
  });
}

/** The folder's path in the image, `models/fraud` for `./models/fraud/`; undefined outside the repository. */
export function folderInRepository(root: string, path: string): string | undefined {
  const inside = relative(root, resolve(root, path)).replaceAll('\\', '/');
  return inside === '' || inside.startsWith('../') || inside === '..' || posix.isAbsolute(inside)
    ? undefined
    : inside;
}
