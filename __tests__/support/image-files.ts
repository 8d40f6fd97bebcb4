import { ownImageRecipes } from '../../toolchain/own-images';

/** Those of a bundle's sources that are no package's and that the image is built without. */
export function missingInImage(
  image: 'model-server' | 'quality' | 'rollout-controller',
  files: readonly string[],
): readonly string[] {
  const base = 'debian';
  const recipes = ownImageRecipes({
    pythonBuild: base,
    python: base,
    nodeBuild: base,
    crane: base,
    workshop: base,
  });
  const copied = recipes[image].files ?? [];
  const given = (file: string) => copied.some((path) => file === path || file.startsWith(`${path}/`));
  return files.filter((file) => !file.includes('node_modules/') && !given(file));
}
