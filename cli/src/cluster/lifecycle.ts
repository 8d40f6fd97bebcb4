import { findEngine } from '../../../toolchain/engine';
import { existsSync, readdirSync, rmSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { kindNodePatches, nodeImage, registryHostsToml, tools as toolsOf } from '../../../toolchain/index';
import type { Platform } from '../platform';
import { waitForRestartedPods } from './readiness';
import {
  bootstrapNamespace,
  ensureKind,
  inspectState,
  removeKind,
  removeKindNetwork,
  type EngineAccess,
  type KindCluster,
  type KindTools,
} from './kind';

/** Container port of each service inside the node; the host port is configured. */
const NODE_PORTS = {
  gateway: 30080,
  mlflow: 30500,
  registry: 30501,
  ci: 30810,
  prometheus: 30909,
  alertmanager: 30903,
  grafana: 30300,
} as const;

/** The name by which nodes know the in-cluster registry. */
export const REGISTRY_NAME = 'registry.mlops:5000';

export function kindTools(platform: Platform): KindTools {
  const { kind, engine } = toolsOf(platform.source.source);
  return { kind, engine: engine.binary, env: engine.env, signal: platform.signal };
}

/** The engine, or undefined on a machine that has none yet. */
function engineAccess({ signal }: Platform): EngineAccess | undefined {
  const engine = findEngine();
  return engine && { engine: engine.binary, env: engine.env, signal };
}

function kindCluster({ config, source }: Platform): KindCluster {
  const ports = Object.entries(NODE_PORTS).map(([name, port]) => [
    port,
    config.ports[name as keyof typeof NODE_PORTS],
  ]);
  return {
    name: config.cluster.name,
    kubeconfig: config.paths.kubeconfig,
    nodeFolder: join(config.paths.work, 'node'),
    nodeImage: nodeImage(source.source),
    ports: Object.fromEntries(ports) as Record<number, number>,
    patches: kindNodePatches(source.source),
    registryHosts: registryHostsToml(),
    registryName: REGISTRY_NAME,
  };
}

/** Makes sure that the cluster of platform.yaml exists, runs, and can hold Terraform's state. */
export async function ensureCluster(platform: Platform, report: (line: string) => void): Promise<string> {
  const { cluster, paths } = platform.config;
  if (cluster.type === 'existing') {
    await bootstrapNamespace(paths.kubeconfig, cluster.name, cluster.context);
    return `using the cluster of context ${cluster.context}`;
  }
  const since = new Date();
  const before = await ensureKind(kindCluster(platform), kindTools(platform), report);
  if (before === 'stopped') await waitForRestartedPods(platform.kubernetes(), since, platform.signal, report);
  return {
    absent: `created kind cluster ${cluster.name}`,
    stopped: `started kind cluster ${cluster.name} again`,
    incomplete: `created kind cluster ${cluster.name} afresh`,
    running: `kind cluster ${cluster.name} runs`,
  }[before];
}

export async function clusterRuns(platform: Platform): Promise<boolean> {
  if (platform.config.cluster.type === 'existing') return true;
  const access = engineAccess(platform);
  return access !== undefined && (await inspectState(platform.config.cluster.name, access)) === 'running';
}

/** Removes the platform's files, and the kind cluster with everything in it. An existing cluster stays. */
export async function removeCluster(platform: Platform): Promise<void> {
  if (platform.config.cluster.type === 'kind') await removeKindCluster(platform);
  const { work } = platform.config.paths;
  rmSync(work, { recursive: true, force: true });
  // The folder of all platforms goes with the last one.
  if (existsSync(dirname(work)) && readdirSync(dirname(work)).length === 0) rmdirSync(dirname(work));
}

export async function removeKindCluster(platform: Platform): Promise<void> {
  const access = engineAccess(platform);
  if (!access) return;
  await removeKind(kindCluster(platform), access);
  await removeKindNetwork(access);
}
