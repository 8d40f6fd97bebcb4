import { userInfo, hostname } from 'node:os';
import { join } from 'node:path';
import { resolveSource, tools as toolsOf, type ImageSource } from '../../toolchain/index';
import { NAMESPACE } from '../../contracts/namespaces';
import { SECRET } from '../../contracts/objects';
import { loadConfig, type PlatformConfig } from '../../stacks/shared/config';
import { forward, mapped, services, type Endpoint, type ServiceName } from './cluster/endpoint';
import { connect, orUndefined, reasonOf, type Kubernetes } from './cluster/kubernetes';
import { errors } from './errors';
import { Mlflow } from './mlflow';
import { Terraform } from './terraform';

/** Everything a command works with; made once per process. */
export interface Platform {
  readonly config: PlatformConfig;
  readonly signal: AbortSignal;
  /** Where images and tools come from, and why. */
  readonly source: { readonly source: ImageSource; readonly why: string };
  /** Who changes things, for the history. */
  readonly user: string;
  readonly terraform: Terraform;
  kubernetes(): Kubernetes;
}

export function openPlatform(signal: AbortSignal): Platform {
  const config = loadConfig();
  const source = resolveSource(config.images.source);
  let client: Kubernetes | undefined;
  let terraform: Terraform | undefined;
  return {
    config,
    signal,
    source,
    user: process.env.MLOPS_USER ?? `${userInfo().username}@${hostname()}`,
    get terraform() {
      const { terraform: binary, env } = toolsOf(source.source);
      terraform ??= new Terraform({
        root: config.paths.root,
        output: outputFolder(config),
        binary,
        env,
        signal,
      });
      return terraform;
    },
    kubernetes: () => (client ??= connectTo(config)),
  };
}

/** A platform with a configuration of its own gets an output folder of its own, so that two can coexist. */
function outputFolder({ paths }: PlatformConfig): string {
  return process.env.MLOPS_CONFIG === undefined
    ? join(paths.root, 'cdktf.out')
    : join(paths.work, 'cdktf.out');
}

export function connectTo({ cluster, paths }: PlatformConfig): Kubernetes {
  return cluster.type === 'kind'
    ? connect(cluster.name, paths.kubeconfig)
    : connect(cluster.name, paths.kubeconfig, cluster.context);
}

/** Where a service of the platform answers: a mapped port on kind, a forwarded one elsewhere. */
export async function endpoint(platform: Platform, service: ServiceName): Promise<Endpoint> {
  const { cluster, ports } = platform.config;
  return cluster.type === 'kind' ? mapped(ports[service]) : forward(platform.kubernetes(), services[service]);
}

export async function withEndpoint<T>(
  platform: Platform,
  service: ServiceName,
  use: (address: string) => Promise<T>,
): Promise<T> {
  const open = await endpoint(platform, service);
  try {
    return await use(open.address);
  } finally {
    open.close();
  }
}

/** @throws UserError unavailable when the cluster, or the Secret with the password, cannot be reached */
export function mlflowCredentials(platform: Platform): Promise<Login> {
  return login(platform, 'MLflow', { name: SECRET.mlflow, namespace: NAMESPACE.registry });
}

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** @throws UserError unavailable when the cluster, or the Secret, cannot be reached */
export async function login(
  platform: Platform,
  title: string,
  where: { readonly name: string; readonly namespace: string },
): Promise<Login> {
  const { core } = platform.kubernetes();
  const secret = await orUndefined(core.readNamespacedSecret(where)).catch((error: unknown) => {
    throw errors.unavailable('The cluster', platform.config.cluster.name, reasonOf(error));
  });
  const value = (key: string) => Buffer.from(secret?.data?.[key] ?? '', 'base64').toString('utf8');
  if (!secret)
    throw errors.unavailable(title, `Secret ${where.namespace}/${where.name}`, 'it does not exist');
  return { username: value('username'), password: value('password') };
}

export async function withMlflow<T>(platform: Platform, use: (mlflow: Mlflow) => Promise<T>): Promise<T> {
  const credentials = await mlflowCredentials(platform);
  return withEndpoint(platform, 'mlflow', (address) => use(new Mlflow(address, credentials)));
}

/** @throws UserError unknownModel */
export function modelSettings(platform: Platform, model: string) {
  const settings = platform.config.models[model];
  if (!settings) throw errors.unknownModel(model, Object.keys(platform.config.models));
  return settings;
}
