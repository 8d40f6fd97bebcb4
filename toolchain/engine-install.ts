import { mkdirSync } from 'node:fs';
import { errors } from './errors';
import { findEngine, thisHost, type EngineCall } from './engine';
import { execute } from './process';
import { takeLock } from './lock';
import { cacheFolder } from './store';
import { join } from 'node:path';

/** podman with what it needs here: a runtime that supports hybrid cgroups, and network plugins. */
const PODMAN = ['podman', 'runc', 'containernetworking-plugins', 'iptables'];

/** Installs podman from the system's package registry unless an engine answers. */
export async function ensureEngine(call: EngineCall): Promise<void> {
  if (!findEngine()) {
    call.report(`installing ${PODMAN.join(', ')} with apt-get`);
    await aptInstall(PODMAN, call);
  }
  const engine = findEngine();
  if (!engine) {
    const answer = thisHost.ask('podman', ['info'])?.output ?? 'podman is not on PATH after its installation';
    throw errors.engineRefuses('podman', answer.split('\n').at(-1) ?? '');
  }
  // kind mounts this host folder into every node, and podman refuses to mount a missing folder.
  if (engine.binary === 'podman' && thisHost.isRoot) mkdirSync('/lib/modules', { recursive: true });
}

/** Whether an engine is ready to use. */
export function engineIsReady(): boolean {
  return findEngine() !== undefined;
}

/**
 * Installs Debian packages on this machine.
 * @throws PreparationError notRoot, notDebian, commandFailed
 */
export async function aptInstall(packages: readonly string[], call: EngineCall): Promise<void> {
  if (!thisHost.isRoot) throw errors.notRoot(packages.join(', '));
  if (!thisHost.ask('apt-get', ['--version'])) throw errors.notDebian(packages.join(', '));
  const unlock = await takeLock(join(cacheFolder(), 'locks', 'apt'), call.signal);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  // Another apt may be running: wait for its lock instead of failing.
  const patience = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3'];
  try {
    await execute('apt-get', ['update', '-qq', ...patience], { env, ...call });
    await execute('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...patience, ...packages], {
      env,
      ...call,
    });
  } finally {
    unlock();
  }
}
