import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { WORKLOAD_NAMESPACES } from '../../../contracts/namespaces';
import { LABEL, PART_OF, SECRET } from '../../../contracts/objects';
import { trusting } from '../../../contracts/oci';
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

/**
 * Environment in which crane has the login of platform.yaml and trusts its CA; without them, the user's own logins and
 * the system's CAs.
 * @throws UserError credentialsUnusable, caUnusable
 */
export function registryLogin({ images, inCluster, paths }: PlatformConfig): NodeJS.ProcessEnv | undefined {
  const { registry, credentials, ca } = images;
  // A pod has both from the Secret.
  if (inCluster || registry === undefined) return undefined;
  return {
    ...(credentials !== undefined && writeLogin(paths, loginOf(credentials, registry))),
    ...(ca !== undefined && trusting(writeCa(paths, caOf(ca)), process.env.SSL_CERT_DIR)),
  };
}

/**
 * @param file in the PEM format
 * @throws UserError caUnusable
 */
function caOf(file: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    new X509Certificate(text);
    return text;
  } catch (error) {
    throw errors.caUnusable(file, reasonOf(error));
  }
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

function writeLogin(paths: PlatformConfig['paths'], login: DockerConfig): NodeJS.ProcessEnv {
  return { DOCKER_CONFIG: write(paths, 'registry/config.json', JSON.stringify(login)) };
}

function writeCa(paths: PlatformConfig['paths'], ca: string): string {
  return write(paths, 'registry-ca/ca.crt', ca);
}

/** @returns the file's folder */
function write({ work }: PlatformConfig['paths'], name: string, content: string): string {
  const file = join(work, name);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, content, { mode: 0o600 });
  return dirname(file);
}

/** Whether there is anything to {@link shareRegistryLogin}. */
export function hasLogin({ images: { credentials, ca } }: Pick<PlatformConfig, 'images'>): boolean {
  return credentials !== undefined || ca !== undefined;
}

/**
 * Gives the cluster the login and the CA of platform.yaml: nodes pull with the login for every pod of the platform,
 * trainings and the CI push with both.
 */
export async function shareRegistryLogin(
  { core }: Pick<Kubernetes, 'core'>,
  { images }: Pick<PlatformConfig, 'images'>,
): Promise<void> {
  const { registry, credentials, ca } = images;
  if (registry === undefined || !hasLogin({ images })) return;
  const login: DockerConfig = credentials === undefined ? { auths: {} } : loginOf(credentials, registry);
  const stringData = {
    '.dockerconfigjson': JSON.stringify(login),
    ...(ca !== undefined && { 'ca.crt': caOf(ca) }),
  };
  const name = SECRET.ociRegistry;
  for (const namespace of WORKLOAD_NAMESPACES) {
    const body = {
      metadata: { name, namespace, labels: { [LABEL.partOf]: PART_OF, [LABEL.managedBy]: 'mlops-cli' } },
      type: 'kubernetes.io/dockerconfigjson',
      stringData,
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
