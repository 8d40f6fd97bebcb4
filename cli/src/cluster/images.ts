import { isCiImage, isMonitoringImage, isOwnImage, type ImageName } from '../../../contracts/images';
import { imageArchive, imageReference, platformImages, tools as toolsOf } from '../../../toolchain/index';
import { manifestDigest } from '../oci-registry';
import { withEndpoint, type Session } from '../session';
import type { Step } from '../render/steps';
import { run } from '../run';
import { kindTools } from './lifecycle';
import { loadArchive, loadedImages } from './kind';

/** Splits `name:tag`. */
const tagOf = (reference: string) => reference.slice(reference.lastIndexOf(':') + 1);

/** Steps that bring every image of the platform to where the nodes find it; nothing is moved twice. */
export async function imageSteps(session: Session, names: readonly ImageName[]): Promise<readonly Step[]> {
  const { config, source } = session;
  if (config.cluster.type === 'existing') {
    const registry = config.images.registry ?? '';
    return names.filter(isOwnImage).map((name) => ({
      title: `push ${name} to ${registry}`,
      run: () =>
        push(session, name, `${registry}/mlops/${name}:${tagOf(imageReference(name, source.source))}`),
    }));
  }
  const tools = kindTools(session);
  const loaded = await loadedImages(config.cluster.name, tools);
  const missing = names.filter((name) => {
    const reference = imageReference(name, source.source);
    return !loaded.some((each) => each === reference || each.endsWith(`/${reference}`));
  });
  return missing.map((name) => ({
    title: `load ${name}`,
    run: () => loadArchive(config.cluster.name, imageArchive(name, source.source), tools),
  }));
}

/** Every image that this platform runs. */
export function allImages({ config, source }: Pick<Session, 'config' | 'source'>): readonly ImageName[] {
  return platformImages(source.source).filter(
    (name) =>
      (config.monitoring === 'bundled' || !isMonitoringImage(name)) &&
      (config.ci.enabled || !isCiImage(name)),
  );
}

/** Publishes the model server image, the base of packaged models. */
export async function publishModelServer(session: Session): Promise<string> {
  const { config, source } = session;
  const tag = tagOf(imageReference('model-server', source.source));
  if (config.cluster.type === 'existing') return 'published with the other images';
  return withEndpoint(session, 'ociRegistry', async (address) => {
    if ((await manifestDigest(address, 'mlops/model-server', tag)) !== undefined) return 'already published';
    await push(session, 'model-server', `${address.replace('http://', '')}/mlops/model-server:${tag}`);
    return `published mlops/model-server:${tag}`;
  });
}

async function push({ source, signal }: Session, name: ImageName, target: string): Promise<void> {
  const { engine, env } = toolsOf(source.source);
  const options = { env, signal };
  await run(engine.binary, ['load', '-i', imageArchive(name, source.source)], options);
  await run(engine.binary, ['tag', imageReference(name, source.source), target], options);
  // docker treats registries on loopback as insecure by default; podman needs the flag.
  const insecure =
    engine.binary.endsWith('podman') && target.startsWith('127.0.0.1') ? ['--tls-verify=false'] : [];
  await run(engine.binary, ['push', ...insecure, target], options);
  await run(engine.binary, ['rmi', target], { ...options, allow: [0, 1, 125] });
}
