import { crane, OciRegistry, PreparationError } from '../../toolchain/index';
import { registryLogin } from './cluster/registry-login';
import { errors } from './errors';
import { withEndpoint, type Session } from './session';

/**
 * The OCI registry that nodes pull models from: the one of platform.yaml, else the one in the cluster.
 * @throws UserError unavailable
 */
export async function withOciRegistry<T>(
  session: Session,
  use: (registry: OciRegistry) => Promise<T>,
): Promise<T> {
  const { config, source, signal } = session;
  const open = (host: string) =>
    new OciRegistry({ host, crane: crane(source.source), env: registryLogin(config), signal });
  const { registry } = config.images;
  try {
    return registry === undefined
      ? await withEndpoint(session, 'ociRegistry', (address) => use(open(address.replace('http://', ''))))
      : await use(open(registry));
  } catch (error) {
    if (!(error instanceof PreparationError) || error.kind !== 'registryFailed') throw error;
    throw errors.registryFailed(error.problem);
  }
}
