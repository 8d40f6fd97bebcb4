import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { LABEL } from '../../../contracts/objects';
import { SERVICE, type ServiceContract } from '../../../contracts/services';
import { findEngine, requireEngine } from '../../../toolchain/engine';
import type { Kubernetes } from '../../../cli/src/cluster/kubernetes';
import { openSession, type Session } from '../../../cli/src/session';
import { timed } from '../../../rollout/kubernetes/timed';
import { within } from '../../support/within';
import { configFile, name } from './platform';

/** The e2e platform as the CLI sees it. */
export function platform(signal = new AbortController().signal): Session {
  process.env.MLOPS_CONFIG = configFile;
  return openSession(signal);
}

/** How long the API server may take to answer, in seconds. */
export const ANSWER_SECONDS = 30;

/** The API server, each of whose answers is waited for with a deadline. */
export function api(): Pick<Kubernetes, 'config' | 'core'> {
  const { config, core } = platform().kubernetes();
  return { config, core: timed(core, ANSWER_SECONDS) };
}

/**
 * Whether the cluster, the state and the code of a stack agree.
 * @throws Error when Terraform takes longer than five minutes
 */
export function planIsEmpty(stack: string): Promise<boolean> {
  return within(300, `the plan of ${stack}`, (signal) => platform(signal).terraform.planIsEmpty(stack));
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
  for (const node of [`${name}-control-plane`, 'mlops-foreign-control-plane']) removeNode(node);
}

/** Removes a container and its anonymous volumes; does nothing where there is none. */
export function removeContainer(container: string): void {
  if (engine('ps', '--all', '--quiet', '--filter', `name=^${container}$`) !== '')
    engine('rm', '--force', '--volumes', container);
}

/** Removes a cluster's node, and the volumes that carry its name as a label. */
export function removeNode(node: string): void {
  removeContainer(node);
  const volumes = engineLines('volume', 'ls', '--quiet', '--filter', `label=${node}`);
  if (volumes.length > 0) engine('volume', 'rm', ...volumes);
}

/** The lines that the container engine prints. */
export function engineLines(...args: string[]): readonly string[] {
  return engine(...args)
    .split('\n')
    .filter(Boolean);
}

/** What `make down` must leave as it was. */
export function engineInventory(): Record<string, readonly string[]> {
  const list = (...args: string[]) => engineLines(...args).toSorted();
  return {
    containers: list('ps', '--all', '--format', '{{.Names}}'),
    networks: list('network', 'ls', '--format', '{{.Name}}'),
    volumes: list('volume', 'ls', '--format', '{{.Name}}'),
  };
}

/**
 * Memory that the whole node uses, MiB, without files that no program has mapped: the kernel drops those when it needs the
 * space, and most are of images that were loaded.
 */
export function nodeMemoryMib(): number {
  const read = (path: string) => engine('exec', `${name}-control-plane`, 'cat', path);
  const v2 =
    engine(
      'exec',
      `${name}-control-plane`,
      'sh',
      '-c',
      'test -f /sys/fs/cgroup/cgroup.controllers && echo 2 || echo 1',
    ) === '2';
  const usage = Number(
    read(v2 ? '/sys/fs/cgroup/memory.current' : '/sys/fs/cgroup/memory/memory.usage_in_bytes'),
  );
  const stat = read(v2 ? '/sys/fs/cgroup/memory.stat' : '/sys/fs/cgroup/memory/memory.stat');
  const bytes = (key: string) =>
    Number(new RegExp(`^${v2 ? '' : 'total_'}${key} (\\d+)$`, 'm').exec(stat)?.[1] ?? '0');
  const cached = bytes('inactive_file') + bytes('active_file');
  return (usage - cached + bytes(v2 ? 'file_mapped' : 'mapped_file')) / 1024 ** 2;
}

const STATEFUL: ReadonlySet<string> = new Set([SERVICE.postgres.app, SERVICE.prometheus.app]);

/** Scales the workload of a service and waits until it is so. */
export async function scale(
  { namespace, service: name, app }: ServiceContract,
  replicas: number,
): Promise<void> {
  const { apps, core } = platform().kubernetes();
  const body = [{ op: 'replace', path: '/spec/replicas', value: replicas }];
  const target = { name, namespace, body };
  await (STATEFUL.has(app)
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
