import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { NAMESPACE } from '../../../contracts/namespaces';
import { CERTS_FOLDER } from '../../../contracts/oci';
import { LABEL } from '../../../contracts/objects';
import { errors, UserError } from '../errors';
import { run } from '../run';
import { connect } from './connect';
import { kindConfiguration, ownerMount, type KindCluster } from './kind-configuration';
import { orUndefined, reasonOf, type Kubernetes } from './kubernetes';
import { ensureNamespace } from './namespaces';

/** Every finished cluster has it; a cluster without it holds nothing. */
const SYSTEM_NAMESPACE = NAMESPACE.system;

/** How long a started API server may take to answer. */
const API_PATIENCE_S = 180;

export interface EngineAccess {
  /** `docker` or `podman`. */
  readonly engine: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

export interface KindTools extends EngineAccess {
  /** Path of the kind program. */
  readonly kind: string;
}

export type ClusterState = 'absent' | 'stopped' | 'incomplete' | 'running';

const nodeOf = (name: string) => `${name}-control-plane`;

interface Inspected {
  State: { Status: string };
  Mounts: { Source: string; Destination: string }[];
}

async function inspect(name: string, tools: EngineAccess): Promise<Inspected | undefined> {
  const { stdout, exitCode } = await run(tools.engine, ['container', 'inspect', nodeOf(name)], {
    env: tools.env,
    signal: tools.signal,
    allow: [0, 1, 125],
  });
  return exitCode === 0 ? (JSON.parse(stdout) as Inspected[])[0] : undefined;
}

/** The engine's status (`running`, `exited`, …), or undefined when there is no such container. */
export async function inspectState(name: string, tools: EngineAccess): Promise<string | undefined> {
  return (await inspect(name, tools))?.State.Status;
}

/** @throws UserError foreignCluster unless this checkout made the cluster */
export function assertOurs({ name, nodeFolder }: KindCluster, { Mounts }: Pick<Inspected, 'Mounts'>): void {
  const certificates = Mounts.find(({ Destination }) => Destination === CERTS_FOLDER);
  const owner = Mounts.find(({ Destination }) => Destination.startsWith(ownerMount('')));
  // Clusters from before there was an owner's mount are known by the source.
  const isOurs =
    owner === undefined
      ? certificates?.Source === join(nodeFolder, 'certs.d')
      : owner.Destination === ownerMount(nodeFolder);
  if (isOurs) return;
  const folder = owner?.Destination.slice(ownerMount('').length) ?? certificates?.Source;
  throw errors.foreignCluster(
    name,
    folder === undefined ? 'made by something else' : `made by the checkout that owns ${folder}`,
  );
}

/**
 * Creates the cluster, or brings it back: starts it if its container was stopped, recreates it if an earlier
 * creation was interrupted before anything could be stored in it. Otherwise it is not touched.
 * @throws UserError foreignCluster, clusterUnhealthy, clusterNotCreated
 */
export async function ensureKind(
  cluster: KindCluster,
  tools: KindTools,
  report: (line: string) => void,
): Promise<ClusterState> {
  const before = await inspect(cluster.name, tools);
  if (!before) {
    await create(cluster, tools, report);
    return 'absent';
  }
  assertOurs(cluster, before);
  const stopped = before.State.Status !== 'running';
  if (stopped) {
    report('its container is stopped: starting it');
    await run(tools.engine, ['start', nodeOf(cluster.name)], { env: tools.env, signal: tools.signal });
  }
  if (!existsSync(cluster.kubeconfig)) {
    // Either the creation was interrupted, or our working folder was deleted.
    await exportKubeconfig(cluster, tools).catch((error: unknown) => {
      if (tools.signal.aborted) throw error;
    });
  }
  const state = await finished(cluster, tools.signal, existsSync(cluster.kubeconfig) ? API_PATIENCE_S : 0);
  if (state === 'complete') return stopped ? 'stopped' : 'running';
  if (state === 'unreachable' && existsSync(cluster.kubeconfig)) {
    throw errors.clusterUnhealthy(cluster.name, `no answer within ${String(API_PATIENCE_S)} s`);
  }
  report('an earlier creation was interrupted: starting over');
  await removeKind(cluster, tools);
  await create(cluster, tools, report);
  return 'incomplete';
}

/** Creates what the first Terraform run needs: the namespace that holds its state. Marks the cluster as complete. */
export async function bootstrapNamespace(kubernetes: Kubernetes, signal: AbortSignal): Promise<void> {
  const labels = { [LABEL.managedBy]: 'mlops-cli', 'pod-security.kubernetes.io/enforce': 'restricted' };
  await ensureNamespace(kubernetes, SYSTEM_NAMESPACE, labels, signal);
}

/**
 * Removes the node and its volumes, as `kind delete cluster` does, but without kind.
 * @throws UserError foreignCluster
 */
export async function removeKind(cluster: KindCluster, tools: EngineAccess): Promise<void> {
  const existing = await inspect(cluster.name, tools);
  if (existing) {
    assertOurs(cluster, existing);
    const { engine, env, signal } = tools;
    await run(engine, ['rm', '--force', '--volumes', nodeOf(cluster.name)], { env, signal });
  }
  await removeVolumes(cluster.name, tools);
  rmSync(cluster.kubeconfig, { force: true });
}

/** With podman, kind creates the node's volume and labels it with the node's name. */
async function removeVolumes(name: string, { engine, env, signal }: EngineAccess): Promise<void> {
  const filter = `label=${nodeOf(name)}`;
  const { stdout } = await run(engine, ['volume', 'ls', '--quiet', '--filter', filter], { env, signal });
  const volumes = stdout.split('\n').filter(Boolean);
  if (volumes.length > 0) await run(engine, ['volume', 'rm', ...volumes], { env, signal });
}

/** Removes kind's network when no container uses it any more; kind itself never does. */
export async function removeKindNetwork({ engine, env, signal }: EngineAccess): Promise<void> {
  const { stdout } = await run(engine, ['ps', '-aq', '--filter', 'network=kind'], {
    env,
    signal,
    allow: [0, 125],
  });
  if (stdout.trim() === '') await run(engine, ['network', 'rm', 'kind'], { env, signal, allow: [0, 1, 125] });
}

/**
 * Image references (repository:tag) that the node's container runtime has unpacked. A name alone says nothing: containerd
 * stores it before it unpacks, and loading may have been interrupted in between.
 */
export async function loadedImages(
  name: string,
  { engine, env, signal }: EngineAccess,
): Promise<readonly string[]> {
  const { stdout } = await run(
    engine,
    ['exec', nodeOf(name), 'ctr', '--namespace', 'k8s.io', 'images', 'check'],
    { env, signal },
  );
  const images = stdout
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .map((columns) => ({ reference: columns[0] ?? '', isUnpacked: columns.at(-1) === 'true' }))
    .filter(({ reference }) => reference !== '');
  // ctr asks one snapshotter, and a node without root may have another: then none looks unpacked.
  const unpacked = images.filter(({ isUnpacked }) => isUnpacked);
  return (unpacked.length > 0 ? unpacked : images).map(({ reference }) => reference);
}

export async function loadArchive(name: string, archive: string, tools: KindTools): Promise<void> {
  await run(tools.kind, ['load', 'image-archive', archive, '--name', name], {
    env: tools.env,
    signal: tools.signal,
  });
}

/**
 * Drops the layers of loaded images that containerd has unpacked: it runs containers from the unpacked files, and would
 * keep both. Half of the node's disk, and the page cache of reading them, are free again.
 */
export async function discardUnpackedLayers(
  name: string,
  { engine, env, signal }: EngineAccess,
): Promise<void> {
  const script =
    "ctr --namespace k8s.io content list | awk '/containerd.io\\/uncompressed=/ {print $1}' | " +
    'xargs --no-run-if-empty ctr --namespace k8s.io content rm >/dev/null';
  await run(engine, ['exec', nodeOf(name), 'sh', '-c', script], { env, signal });
}

async function exportKubeconfig({ name, kubeconfig }: KindCluster, { kind, env, signal }: KindTools) {
  mkdirSync(dirname(kubeconfig), { recursive: true });
  await run(kind, ['export', 'kubeconfig', '--name', name, '--kubeconfig', kubeconfig], { env, signal });
}

async function finished(
  cluster: KindCluster,
  signal: AbortSignal,
  patienceSeconds: number,
): Promise<'complete' | 'incomplete' | 'unreachable'> {
  if (patienceSeconds === 0) return 'incomplete';
  const deadline = Date.now() + patienceSeconds * 1000;
  while (Date.now() < deadline) {
    if (signal.aborted) throw errors.interrupted();
    try {
      const { core } = connect(cluster.name, cluster.kubeconfig);
      const namespace = await orUndefined(core.readNamespace({ name: SYSTEM_NAMESPACE }));
      return namespace ? 'complete' : 'incomplete';
    } catch {
      await sleep(1000);
    }
  }
  return 'unreachable';
}

async function create(cluster: KindCluster, tools: KindTools, report: (line: string) => void): Promise<void> {
  const { name, kubeconfig, nodeFolder, nodeImage } = cluster;
  const hosts = join(nodeFolder, 'certs.d', cluster.registryName);
  mkdirSync(hosts, { recursive: true });
  writeFileSync(join(hosts, 'hosts.toml'), cluster.registryHosts);
  const configuration = join(nodeFolder, 'kind.yaml');
  writeFileSync(configuration, stringify(kindConfiguration(cluster)));
  try {
    await run(
      tools.kind,
      [
        'create',
        'cluster',
        '--config',
        configuration,
        '--image',
        nodeImage,
        '--kubeconfig',
        kubeconfig,
        '--wait',
        '180s',
      ],
      { env: tools.env, signal: tools.signal, onLine: report },
    );
    await bootstrapNamespace(connect(name, kubeconfig), tools.signal);
  } catch (error) {
    if (error instanceof UserError && tools.signal.aborted) throw error;
    throw errors.clusterNotCreated(
      name,
      error instanceof UserError ? (error.problem.got ?? '') : reasonOf(error),
    );
  }
}
