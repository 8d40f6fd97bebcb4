import { isCiImage, isMonitoringImage, type ImageName } from '../../../contracts/images';
import {
  imageFiles,
  imageReference,
  nameInRegistry,
  platformImages,
  type OciRegistry,
} from '../../../toolchain/index';
import { withOciRegistry } from '../oci-registry';
import type { Session } from '../session';
import type { Step } from '../render/steps';
import { kindTools } from './lifecycle';
import { discardUnpackedLayers, loadArchive, loadedImages } from './kind';

/**
 * Steps that bring every image of the platform to where the nodes find it: into kind's node, or to the registry of
 * platform.yaml. Nothing is moved twice, and nodes pull nothing from elsewhere.
 */
export async function imageSteps(session: Session, names: readonly ImageName[]): Promise<readonly Step[]> {
  const { config, source } = session;
  const { registry } = config.images;
  if (registry !== undefined) {
    const missing = await withOciRegistry(session, 'read', (opened) => absent(opened, session, names));
    return missing.map((name) => ({
      title: `push ${name} to ${registry}`,
      run: () => withOciRegistry(session, 'push', (opened) => push(opened, session, name)),
    }));
  }
  const tools = kindTools(session);
  let loading = 0;
  const loaded = await loadedImages(config.cluster.name, tools);
  const load = async (name: ImageName) => {
    const { archive, layered } = imageFiles(name, source.source);
    if (layered !== undefined && !loaded.includes(layered.base))
      await loadArchive(config.cluster.name, layered.baseArchive, tools);
    await loadArchive(config.cluster.name, archive, tools);
  };
  return names
    .filter((name) => !loaded.includes(imageReference(name, source.source)))
    .map((name) => ({
      title: `load ${name}`,
      run: async () => {
        loading += 1;
        await load(name).finally(() => {
          loading -= 1;
        });
        // Images share layers: not while another one is unpacked.
        if (loading === 0) await discardUnpackedLayers(config.cluster.name, tools);
      },
    }));
}

/** Every image that this platform runs. */
export function allImages({ config, source }: Pick<Session, 'config' | 'source'>): readonly ImageName[] {
  return platformImages(source.source).filter(
    (name) =>
      (config.monitoring === 'bundled' || !isMonitoringImage(name)) &&
      (config.ci.enabled || !isCiImage(name)) &&
      (config.images.registry === undefined || name !== 'oci-registry'),
  );
}

/** Publishes the model server image, the base of packaged models. */
export async function publishModelServer(session: Session): Promise<string> {
  return withOciRegistry(session, 'push', async (registry) => {
    const [missing] = await absent(registry, session, ['model-server']);
    if (missing === undefined) return 'already published';
    await push(registry, session, missing);
    return `published ${nameInRegistry(missing, session.source.source)}`;
  });
}

async function absent(registry: OciRegistry, session: Session, names: readonly ImageName[]) {
  const digests = await Promise.all(
    names.map((name) => registry.digest(nameInRegistry(name, session.source.source))),
  );
  return names.filter((_, index) => digests[index] === undefined);
}

async function push(registry: OciRegistry, session: Session, name: ImageName): Promise<void> {
  const { archive, layered } = imageFiles(name, session.source.source);
  const target = nameInRegistry(name, session.source.source);
  if (layered === undefined) return registry.push(archive, target);
  const { baseInRegistry, baseArchive, layer } = layered;
  if ((await registry.digest(baseInRegistry)) === undefined) await registry.push(baseArchive, baseInRegistry);
  await registry.append(baseInRegistry, layer, target);
}
