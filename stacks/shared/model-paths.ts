import { posix, relative, resolve } from 'node:path';
import { MODEL_FOLDER_DEPTH, modelFolders } from '../../contracts/model-folders';
import { closest } from './did-you-mean';
import type { Problem } from './errors';

type Models = Readonly<Record<string, { readonly path: string }>>;

/** What is wrong with models.*.path: training runs in an image, which holds the models of the repository only. */
export function modelPathProblems(file: string, root: string, models: Models): Problem[] {
  const known = modelFolders(root);
  return Object.entries(models).flatMap(([name, { path: got }]) => {
    const path = `models.${name}.path`;
    const folder = folderInRepository(root, got);
    if (folder === undefined) {
      return {
        file,
        path,
        what: 'lies outside of the repository',
        got,
        expected: 'a folder of the repository, from its root: the training image is made of it',
        fix: `move the model into the repository, for example to models/${name}`,
      };
    }
    if (known.includes(folder)) return [];
    const near = closest(folder, known);
    return {
      file,
      path,
      what: 'holds no model',
      got,
      expected: `a folder with model.yaml, at most ${String(MODEL_FOLDER_DEPTH)} levels deep and not hidden; there is ${known.join(', ') || 'none'}`,
      fix: near === undefined ? `write ${folder}/model.yaml, or correct the path` : `did you mean ${near}?`,
    };
  });
}

/** The folder as the image names it, `models/fraud` for `./models/fraud/`; undefined when it is not in the repository. */
export function folderInRepository(root: string, path: string): string | undefined {
  const inside = relative(root, resolve(root, path)).replaceAll('\\', '/');
  return inside === '' || inside.startsWith('../') || inside === '..' || posix.isAbsolute(inside)
    ? undefined
    : inside;
}
