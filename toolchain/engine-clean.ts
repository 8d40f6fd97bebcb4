import { engineCommand, findEngine, type Engine } from './engine';
import { cacheFolder, isBuilding } from './store';

const quietly = { report: () => undefined, signal: new AbortController().signal };

interface ListedContainer {
  readonly Id: string;
  readonly Names?: readonly string[];
  readonly Image?: string;
}

/** Removes containers left by killed builds. Call only while no build of ours runs. */
export async function cleanEngine(engine: Engine): Promise<void> {
  if (engine.binary === 'docker') {
    const ids = await engineCommand(engine, ['ps', '-aq', '--filter', 'name=^mlops-preload-'], quietly);
    for (const id of ids.split('\n').filter((each) => each !== '')) {
      await engineCommand(engine, ['rm', '--force', id], quietly).catch(() => undefined);
    }
    return;
  }
  // Only `--external` lists the containers of podman's builds.
  const listed = await engineCommand(engine, ['ps', '--all', '--external', '--format', 'json'], quietly);
  for (const { Id, Names, Image } of JSON.parse(listed === '' ? '[]' : listed) as ListedContainer[]) {
    if (isLeftover(Names ?? [], Image ?? '')) {
      await engineCommand(engine, ['rm', '--force', Id], quietly).catch(() => undefined);
    }
  }
}

function isLeftover(names: readonly string[], image: string): boolean {
  const builds = names.some((name) => /-working-container(-\d+)?$/.test(name));
  return (
    names.some((name) => name.startsWith('mlops-preload-')) || (builds && image.includes('localhost/mlops/'))
  );
}

interface ListedImage {
  readonly Id: string;
  /** Current and former names of the image. */
  readonly History?: readonly string[] | null;
}

/** Removes our images from the engine, except those that a cluster still uses. */
async function removeOurImages(engine: Engine): Promise<void> {
  const listed = await engineCommand(engine, ['images', '--format', '{{.Repository}}:{{.Tag}}'], quietly);
  for (const tag of listed.split('\n').filter((each) => each.startsWith('localhost/mlops/'))) {
    await engineCommand(engine, ['rmi', tag], quietly).catch(() => undefined);
  }
  for (const id of await unnamedImages(engine)) {
    await engineCommand(engine, ['rmi', id], quietly).catch(() => undefined);
  }
}

/** Our images whose name moved to a rebuilt one. Only podman remembers former names. */
async function unnamedImages(engine: Engine): Promise<readonly string[]> {
  if (engine.binary !== 'podman') return [];
  const listed = await engineCommand(
    engine,
    ['images', '--filter', 'dangling=true', '--format', 'json'],
    quietly,
  );
  return (JSON.parse(listed === '' ? '[]' : listed) as ListedImage[])
    .filter(({ History }) => (History ?? []).some((name) => name.startsWith('localhost/mlops/')))
    .map(({ Id }) => Id);
}

/** Removes containers of killed builds and all images of ours from the engine, if there is one. */
export async function purgeEngine(): Promise<void> {
  const engine = findEngine();
  if (!engine || isBuilding(cacheFolder())) return;
  await cleanEngine(engine);
  await removeOurImages(engine);
}
