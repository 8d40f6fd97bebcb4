import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WORKLOAD_NAMESPACES } from '../../../contracts/namespaces';
import { LABEL, PART_OF, SECRET } from '../../../contracts/objects';
import type { PlatformConfig } from '../../../stacks/shared/config';
import { errors } from '../errors';
import type { Login } from '../login';
import { isConflict, orUndefined, reasonOf, type Kubernetes } from './kubernetes';

interface DockerConfig {
  readonly auths?: Readonly<Record<string, { readonly auth?: string }>>;
}

/**
 * Of a file as `docker login` writes it, what is for one registry.
 * @param registry host[:port][/path]
 * @throws UserError credentialsUnusable
 */
export function loginOf(file: string, registry: string): DockerConfig {
  const host = registry.split('/')[0] ?? '';
  let auths: DockerConfig['auths'];
  try {
    ({ auths } = JSON.parse(readFileSync(file, 'utf8')) as DockerConfig);
  } catch (error) {
    throw errors.credentialsUnusable(file, host, reasonOf(error));
  }
  const names = [registry, host, `https://${host}`, `https://${host}/v1/`, `https://${host}/v2/`];
  const found = names.map((name) => auths?.[name]?.auth).find((auth) => auth !== undefined && auth !== '');
  if (found === undefined) {
    const known = Object.keys(auths ?? {});
    throw errors.credentialsUnusable(
      file,
      host,
      known.length === 0 ? 'no login' : `logins of ${known.join(', ')}`,
    );
  }
  return { auths: { [host]: { auth: found } } };
}

/** Environment in which crane has the login of platform.yaml; undefined for the user's own logins. */
export function registryLogin({ images, inCluster, paths }: PlatformConfig): NodeJS.ProcessEnv | undefined {
  // A pod has it from the Secret.
  if (inCluster || images.registry === undefined || images.credentials === undefined) return undefined;
  return writeLogin(paths, loginOf(images.credentials, images.registry));
}

/** Environment in which crane has a login of one host. */
export function keepLogin(
  { paths }: Pick<PlatformConfig, 'paths'>,
  host: string,
  { username, password }: Login,
): NodeJS.ProcessEnv {
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  return writeLogin(paths, { auths: { [host]: { auth } } });
}

function writeLogin({ work }: PlatformConfig['paths'], login: DockerConfig): NodeJS.ProcessEnv {
  const file = join(work, 'registry', 'config.json');
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, JSON.stringify(login), { mode: 0o600 });
  return { DOCKER_CONFIG: dirname(file) };
}

/** Gives nodes the login of platform.yaml, for every pod of the platform; training also pushes with it. */
export async function shareRegistryLogin(
  { core }: Pick<Kubernetes, 'core'>,
  { images }: Pick<PlatformConfig, 'images'>,
): Promise<void> {
  if (images.registry === undefined || images.credentials === undefined) return;
  const login = JSON.stringify(loginOf(images.credentials, images.registry));
  const name = SECRET.ociRegistry;
  for (const namespace of WORKLOAD_NAMESPACES) {
    const body = {
      metadata: { name, namespace, labels: { [LABEL.partOf]: PART_OF, [LABEL.managedBy]: 'mlops-cli' } },
      type: 'kubernetes.io/dockerconfigjson',
      stringData: { '.dockerconfigjson': login },
    };
    try {
      await core.createNamespacedSecret({ namespace, body });
    } catch (error) {
      if (!isConflict(error)) throw error;
      await core.replaceNamespacedSecret({ name, namespace, body });
    }
    // Kubernetes makes it a moment after the namespace. Accounts of charts name the Secret themselves.
    while (
      (await orUndefined(core.readNamespacedServiceAccount({ name: 'default', namespace }))) === undefined
    )
      await sleep(200);
    const patch = [{ op: 'add', path: '/imagePullSecrets', value: [{ name }] }];
    await core.patchNamespacedServiceAccount({ name: 'default', namespace, body: patch });
  }
}
