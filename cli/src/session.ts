import { join } from 'node:path';
import { STATE_LOCK, stateSecretName } from '../../contracts/claims';
import { NAMESPACE } from '../../contracts/namespaces';
import { SECRET } from '../../contracts/objects';
import { SERVICE } from '../../contracts/services';
import { resolveSource, terraformTool, type ImageSource } from '../../toolchain/index';
import { loadConfig, type PlatformConfig } from '../../stacks/shared/config';
import { Ci } from './ci';
import { connect, connectInside } from './cluster/connect';
import { forward, inside, mapped, type Endpoint, type ServiceName } from './cluster/endpoint';
import { healReleases } from './cluster/heal-releases';
import { orUndefined, reasonOf, type Kubernetes } from './cluster/kubernetes';
import { writePodKubeconfig } from './cluster/in-cluster';
import { isOurOrphan } from './cluster/ownership';
import { errors } from './errors';
import { actor } from './identity';
import type { Login } from './login';
import { Mlflow } from './mlflow';
import { withStateLock } from './state-lock';
import { Terraform, type StateGuard } from './terraform';

/** What a command works with; created once per process. */
export interface Session {
  readonly config: PlatformConfig;
  readonly signal: AbortSignal;
  /** Where images and tools come from, and why. */
  readonly source: { readonly source: ImageSource; readonly why: string };
  /** Who makes the changes, for the history. */
  readonly user: string;
  /** Resolved on first use: commands that apply nothing need no Terraform. */
  readonly terraform: Terraform;
  kubernetes(): Kubernetes;
}

/** @param command what the user typed, shown to others who wait for its locks */
export function openSession(signal: AbortSignal, command = 'mlops'): Session {
  const config = loadConfig();
  if (config.inCluster) writePodKubeconfig(config);
  const source = resolveSource(config.images.source);
  let client: Kubernetes | undefined;
  let terraform: Terraform | undefined;
  const session: Session = {
    config,
    signal,
    source,
    user: actor(),
    get terraform() {
      terraform ??= new Terraform({
        ...terraformTool(source.source),
        root: config.paths.root,
        output: outputFolder(config),
        signal,
        guard: stateGuard(session, command),
      });
      return terraform;
    },
    kubernetes: () => (client ??= connectTo(config)),
  };
  return session;
}

function stateGuard(session: Session, command: string): StateGuard {
  return {
    hasState: async (stack) => {
      const where = { name: stateSecretName(stack), namespace: STATE_LOCK.namespace };
      return (await orUndefined(session.kubernetes().core.readNamespacedSecret(where))) !== undefined;
    },
    locked: (stack, operation, report, work) => {
      const folder = session.terraform.folder(stack);
      const request = { stack, operation, folder, command, report, signal: session.signal };
      return withStateLock(session.kubernetes(), request, work);
    },
    heal: async ({ releases, addresses, report }, thorough) => {
      const recorded = async () =>
        (await addresses()).flatMap((address) => /^helm_release\..+\["(.+)"\]$/.exec(address)?.[1] ?? []);
      await healReleases(session.kubernetes(), releases, { recorded, thorough, report });
    },
    isOurs: (orphan) => isOurOrphan(session.kubernetes(), orphan),
  };
}

/** A platform with another configuration gets a separate output folder, so that two can coexist. */
function outputFolder({ paths }: PlatformConfig): string {
  return process.env.MLOPS_CONFIG === undefined
    ? join(paths.root, 'cdktf.out')
    : join(paths.work, 'cdktf.out');
}

function connectTo({ cluster, inCluster, paths }: PlatformConfig): Kubernetes {
  if (inCluster) return connectInside();
  return cluster.type === 'kind'
    ? connect(cluster.name, paths.kubeconfig)
    : connect(cluster.name, paths.kubeconfig, cluster.context);
}

/** Where a service answers: by its name in a pod, on a mapped port on kind, on a forwarded one elsewhere. */
async function endpoint(session: Session, service: ServiceName): Promise<Endpoint> {
  const { cluster, inCluster, ports } = session.config;
  if (inCluster) return inside(SERVICE[service]);
  return cluster.type === 'kind' ? mapped(ports[service]) : forward(session.kubernetes(), SERVICE[service]);
}

export async function withEndpoint<T>(
  session: Session,
  service: ServiceName,
  use: (address: string) => Promise<T>,
): Promise<T> {
  const open = await endpoint(session, service);
  try {
    return await use(open.address);
  } finally {
    open.close();
  }
}

/** @throws UserError unavailable when the cluster, or the Secret with the password, cannot be reached */
function mlflowCredentials(session: Session): Promise<Login> {
  return login(session, SERVICE.mlflow.title, { name: SECRET.mlflow, namespace: NAMESPACE.registry });
}

/** @throws UserError unavailable when the cluster, or the Secret, cannot be reached */
export async function login(
  session: Session,
  title: string,
  where: { readonly name: string; readonly namespace: string },
): Promise<Login> {
  const { core } = session.kubernetes();
  const secret = await orUndefined(core.readNamespacedSecret(where)).catch((error: unknown) => {
    throw errors.unavailable('The cluster', session.config.cluster.name, reasonOf(error));
  });
  const value = (key: string) => Buffer.from(secret?.data?.[key] ?? '', 'base64').toString('utf8');
  if (!secret)
    throw errors.unavailable(title, `Secret ${where.namespace}/${where.name}`, 'it does not exist');
  return { username: value('username'), password: value('password') };
}

export async function withMlflow<T>(session: Session, use: (mlflow: Mlflow) => Promise<T>): Promise<T> {
  const credentials = await mlflowCredentials(session);
  return withEndpoint(session, 'mlflow', (address) => use(new Mlflow(address, credentials)));
}

/** @throws UserError unknownModel */
export function modelSettings(session: Session, model: string) {
  const settings = session.config.models[model];
  if (!settings) throw errors.unknownModel(model, Object.keys(session.config.models));
  return settings;
}

/** @throws UserError ciOff, unavailable */
export async function withCi<T>(session: Session, use: (ci: Ci) => Promise<T>): Promise<T> {
  if (!session.config.ci.enabled) throw errors.ciOff();
  const credentials = await login(session, SERVICE.ci.title, { name: SECRET.ci, namespace: NAMESPACE.ci });
  return withEndpoint(session, 'ci', (address) => use(new Ci(address, credentials)));
}
