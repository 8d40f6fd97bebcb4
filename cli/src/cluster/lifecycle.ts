import { findEngine } from '../../../toolchain/engine';
import { existsSync, readdirSync, rmSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { kindNodePatches, nodeImage, registryHostsToml, tools as toolsOf } from '../../../toolchain/index';
import { OCI_PULL_HOST } from '../../../contracts/oci';
import { NODE_PORT } from '../../../contracts/services';
import { gitFolder } from '../../../toolchain/commit';
import type { Session } from '../session';
import { waitForRestartedPods } from './readiness';
import {
  bootstrapNamespace,
  ensureKind,
  inspectState,
  removeKind,
  removeKindNetwork,
  type EngineAccess,
  type KindTools,
} from './kind';
import type { KindCluster } from './kind-configuration';

export function kindTools(session: Session): KindTools {
  const { kind, engine } = toolsOf(session.source.source);
  return { kind, engine: engine.binary, env: engine.env, signal: session.signal };
}

/** The engine, or undefined if none is installed yet. */
function engineAccess({ signal }: Session): EngineAccess | undefined {
  const engine = findEngine();
  return engine && { engine: engine.binary, env: engine.env, signal };
}

function kindCluster({ config, source }: Session): KindCluster {
  const ports = Object.entries(NODE_PORT).map(([name, port]) => [
    port,
    config.ports[name as keyof typeof NODE_PORT],
  ]);
  return {
    name: config.cluster.name,
    kubeconfig: config.paths.kubeconfig,
    nodeFolder: join(config.paths.work, 'node'),
    nodeImage: nodeImage(source.source),
    ports: Object.fromEntries(ports) as Record<number, number>,
    patches: kindNodePatches(source.source),
    registryHosts: registryHostsToml(),
    registryName: OCI_PULL_HOST,
    repository: config.ci.enabled && config.ci.repository === '' ? gitFolder() : undefined,
  };
}

/** Ensures that the cluster of platform.yaml exists, runs, and can hold Terraform's state. */
export async function ensureCluster(session: Session, report: (line: string) => void): Promise<string> {
  const { cluster } = session.config;
  if (cluster.type === 'existing') {
    await bootstrapNamespace(session.kubernetes(), session.signal);
    return `using the cluster of context ${cluster.context}`;
  }
  const since = new Date();
  const before = await ensureKind(kindCluster(session), kindTools(session), report);
  if (before === 'stopped') await waitForRestartedPods(session.kubernetes(), since, session.signal, report);
  return {
    absent: `created kind cluster ${cluster.name}`,
    stopped: `started kind cluster ${cluster.name} again`,
    incomplete: `created kind cluster ${cluster.name} afresh`,
    running: `kind cluster ${cluster.name} runs`,
  }[before];
}

export async function clusterRuns(session: Session): Promise<boolean> {
  if (session.config.cluster.type === 'existing') return true;
  const access = engineAccess(session);
  return access !== undefined && (await inspectState(session.config.cluster.name, access)) === 'running';
}

/** Removes the platform's files, and the kind cluster with everything in it. An existing cluster stays. */
export async function removeCluster(session: Session): Promise<void> {
  if (session.config.cluster.type === 'kind') await removeKindCluster(session);
  const { work } = session.config.paths;
  rmSync(work, { recursive: true, force: true });
  // Removing the last platform also removes the shared folder.
  if (existsSync(dirname(work)) && readdirSync(dirname(work)).length === 0) rmdirSync(dirname(work));
}

export async function removeKindCluster(session: Session): Promise<void> {
  const access = engineAccess(session);
  if (!access) return;
  await removeKind(kindCluster(session), access);
  await removeKindNetwork(access);
}
