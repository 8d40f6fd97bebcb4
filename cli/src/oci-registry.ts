import { crane, OciRegistry, PreparationError } from '../../toolchain/index';
import { NAMESPACE } from '../../contracts/namespaces';
import { SECRET } from '../../contracts/objects';
import { SERVICE } from '../../contracts/services';
import { keepLogin, registryLogin } from './cluster/registry-login';
import { errors } from './errors';
import type { Login } from './login';
import { login, withEndpoint, type Session } from './session';

/**
 * The OCI registry that nodes pull models from: the one of platform.yaml, else the one in the cluster, which everybody
 * may read.
 * @param action `push` fetches the login of the latter
 * @throws UserError registryFailed, unavailable
 */
export async function withOciRegistry<T>(
  session: Session,
  action: 'read' | 'push',
  use: (registry: OciRegistry) => Promise<T>,
): Promise<T> {
  const { config, source, signal } = session;
  const { registry } = config.images;
  const open = async (host: string) => {
    const generated = action === 'push' && registry === undefined ? await pushLogin(session) : undefined;
    const env = generated === undefined ? registryLogin(config) : keepLogin(config, host, generated);
    return new OciRegistry({ host, crane: crane(source.source), env, signal });
  };
  try {
    return registry === undefined
      ? await withEndpoint(session, 'ociRegistry', async (address) =>
          use(await open(address.replace('http://', ''))),
        )
      : await use(await open(registry));
  } catch (error) {
    if (!(error instanceof PreparationError) || error.kind !== 'registryFailed') throw error;
    throw errors.registryFailed(error.problem);
  }
}

function pushLogin(session: Session): Promise<Login> {
  return login(session, SERVICE.ociRegistry.title, {
    name: SECRET.ociRegistryPush,
    namespace: NAMESPACE.registry,
  });
}
