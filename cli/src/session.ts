import { join } from 'node:path';
import { STATE_LOCK, stateSecretName } from '../../contracts/claims';
import { NAMESPACE } from '../../contracts/namespaces';
import { SECRET } from '../../contracts/objects';
import { SERVICE } from '../../contracts/services';
import { resolveSource, terraformTool, type ImageSource } from '../../toolchain/index';
import { loadConfig, type PlatformConfig } from '../../stacks/shared/config';
import { connect } from './cluster/connect';
import { forward, mapped, type Endpoint, type ServiceName } from './cluster/endpoint';
import { healReleases } from './cluster/heal-releases';
import { orUndefined, reasonOf, type Kubernetes } from './cluster/kubernetes';
import { isOurOrphan } from './cluster/ownership';
import { errors } from './errors';
import { actor } from './identity';
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

function connectTo({ cluster, paths }: PlatformConfig): Kubernetes {
  return cluster.type === 'kind'
    ? connect(cluster.name, paths.kubeconfig)
    : connect(cluster.name, paths.kubeconfig, cluster.context);
}

/** Where a service of the platform answers: a mapped port on kind, a forwarded one elsewhere. */
async function endpoint(session: Session, service: ServiceName): Promise<Endpoint> {
  const { cluster, ports } = session.config;
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

export interface Login {
  readonly username: string;
  readonly password: string;
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
