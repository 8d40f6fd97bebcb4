import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import { dirname } from 'node:path';
import { engineFacts } from '../../toolchain/engine-facts';
import { findEngine } from '../../toolchain/engine';
import { errors } from './errors';

const GIB = 1024 ** 3;
/** 2.5 GiB for the platform at rest, the rest for training and a second model version. */
const MEMORY_GIB = 6;
/** Caches 8 GiB, images in the node 4 GiB, volumes 4 GiB, and room to build. */
const DISK_GIB = 20;

export interface HostResources {
  /** Of the machine that containers run on. */
  readonly memoryGib: () => number;
  /** Resources that a rootless engine cannot limit. */
  readonly undelegated: () => readonly string[];
  readonly freeDiskGib: (folder: string) => number;
  readonly isPortFree: (port: number) => Promise<boolean>;
}

const engine = () => {
  const found = findEngine();
  return found && engineFacts(found);
};

export const hostResources: HostResources = {
  memoryGib: () => Math.min(memoryLimit(), engine()?.memoryBytes ?? Infinity) / GIB,
  undelegated: () => engine()?.undelegated ?? [],
  freeDiskGib: (folder) => {
    const { bavail, bsize } = statfsSync(existingParent(folder));
    return (bavail * bsize) / GIB;
  },
  isPortFree: (port) =>
    new Promise((resolve) => {
      const server = createServer();
      server.once('error', () => {
        resolve(false);
      });
      server.listen(port, '127.0.0.1', () => {
        server.close(() => {
          resolve(true);
        });
      });
    }),
};

/** A container's own memory limit counts when it is smaller than the machine; so does the engine's virtual machine. */
function memoryLimit(): number {
  const limits = ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes']
    .filter((path) => existsSync(path))
    .map((path) => Number(readFileSync(path, 'utf8')))
    .filter((bytes) => Number.isFinite(bytes));
  return Math.min(totalmem(), ...limits);
}

function existingParent(folder: string): string {
  return existsSync(folder) ? folder : existingParent(dirname(folder));
}

/** @throws UserError tooLittleMemory, tooLittleDisk, notDelegated */
export function checkResources(host: HostResources, folder: string): void {
  const undelegated = host.undelegated();
  if (undelegated.length > 0) throw errors.notDelegated(undelegated);
  const memory = host.memoryGib();
  if (memory < MEMORY_GIB) throw errors.tooLittleMemory(memory, MEMORY_GIB);
  const free = host.freeDiskGib(folder);
  if (free < DISK_GIB) throw errors.tooLittleDisk(folder, free, DISK_GIB);
}

/**
 * @param ports what each host port is for, by its key in platform.yaml
 * @throws UserError portTaken
 */
export async function checkPorts(host: HostResources, ports: object): Promise<void> {
  for (const [key, port] of Object.entries(ports) as [string, number][]) {
    if (!(await host.isPortFree(port))) throw errors.portTaken(port, key, process.platform);
  }
}
