import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { LABEL } from '../../../contracts/objects';
import { SERVICE, type ServiceContract } from '../../../contracts/services';
import { findEngine, requireEngine } from '../../../toolchain/engine';
import { openSession, type Session } from '../../../cli/src/session';
import { configFile, name } from './platform';

/** The e2e platform as the CLI sees it. */
export function platform(): Session {
  process.env.MLOPS_CONFIG = configFile;
  return openSession(new AbortController().signal);
}

/** Runs the container engine that holds the cluster. */
export function engine(...args: string[]): string {
  const { binary, env } = requireEngine();
  return execFileSync(binary, args, { env: { ...process.env, ...env }, encoding: 'utf8' }).trim();
}

/**
 * Removes what a killed run left, also one of another checkout: these names belong to the cluster tests alone.
 * Does nothing on a machine without an engine.
 */
export function removeLeftovers(): void {
  if (!findEngine()) return;
  for (const node of [`${name}-control-plane`, 'mlops-foreign-control-plane']) {
    const left = engine('ps', '--all', '--quiet', '--filter', `name=^${node}$`);
    if (left !== '') engine('rm', '--force', '--volumes', node);
    const volumes = engine('volume', 'ls', '--quiet', '--filter', `label=${node}`)
      .split('\n')
      .filter(Boolean);
    if (volumes.length > 0) engine('volume', 'rm', ...volumes);
  }
}

/** What `make down` must leave as it was. */
export function engineInventory(): Record<string, readonly string[]> {
  const list = (...args: string[]) =>
    engine(...args)
      .split('\n')
      .filter(Boolean)
      .sort();
  return {
    containers: list('ps', '--all', '--format', '{{.Names}}'),
    networks: list('network', 'ls', '--format', '{{.Name}}'),
    volumes: list('volume', 'ls', '--format', '{{.Name}}'),
  };
}

/**
 * Memory that the whole node uses and cannot give back at once, MiB: all but page cache that no process has mapped.
 * kubelet's working set would also count cache that was read twice, as an image is while it is unpacked.
 * Source: Linux, admin-guide/cgroup-v2 and cgroup-v1/memory.
 */
export function nodeMemoryMib(): number {
  const exec = (...args: string[]) => engine('exec', `${name}-control-plane`, ...args);
  const v2 = exec('stat', '-fc', '%T', '/sys/fs/cgroup') === 'cgroup2fs';
  const folder = v2 ? '/sys/fs/cgroup' : '/sys/fs/cgroup/memory';
  const usage = Number(exec('cat', `${folder}/memory.${v2 ? 'current' : 'usage_in_bytes'}`));
  const stat = exec('cat', `${folder}/memory.stat`);
  const bytes = (field: string) => Number(new RegExp(`^${field} (\\d+)$`, 'm').exec(stat)?.[1] ?? NaN);
  const [cache, shared, mapped] = v2
    ? ['file', 'shmem', 'file_mapped']
    : ['total_cache', 'total_shmem', 'total_mapped_file'];
  return (usage - (bytes(cache) - bytes(shared) - bytes(mapped))) / 1024 ** 2;
}

/** Scales the workload of a service and waits until it is so. */
export async function scale(
  { namespace, service: name, app }: ServiceContract,
  replicas: number,
): Promise<void> {
  const { apps, core } = platform().kubernetes();
  const body = [{ op: 'replace', path: '/spec/replicas', value: replicas }];
  const target = { name, namespace, body };
  await (app === SERVICE.postgres.app
    ? apps.patchNamespacedStatefulSet(target)
    : apps.patchNamespacedDeployment(target));
  const deadline = Date.now() + 180_000;
  while (Date.now() < deadline) {
    const { items } = await core.listNamespacedPod({
      namespace,
      labelSelector: `${LABEL.name}=${app}`,
    });
    const ready = items.filter(({ status }) =>
      status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True'),
    );
    if (items.length === replicas && ready.length === replicas) return;
    await sleep(500);
  }
  throw new Error(`${name} did not reach ${String(replicas)} replicas`);
}
