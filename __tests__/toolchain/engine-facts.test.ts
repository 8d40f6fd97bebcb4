import { describe, expect, it } from '@jest/globals';
import { engineFacts } from '../../toolchain/engine-facts';

const says = (info: object) => ({
  ask: () => ({ ok: true, output: `${JSON.stringify(info)}\nWARNING: something else` }),
  isRoot: false,
  status: '',
});
const docker = { binary: 'docker', env: {} } as const;
const podman = { binary: 'podman', env: {} } as const;

describe('what docker says of its machine', () => {
  it('is the memory of the virtual one that Docker Desktop runs', () => {
    expect(engineFacts(docker, says({ MemTotal: 4_110_000_000 }))?.memoryBytes).toBe(4_110_000_000);
  });

  it('is what rootless containers cannot limit', () => {
    const rootless = { SecurityOptions: ['name=seccomp', 'name=rootless'], CgroupVersion: '2' };
    const info = { ...rootless, CpuCfsQuota: false, MemoryLimit: true, PidsLimit: false };
    expect(engineFacts(docker, says(info))?.undelegated).toEqual(['cpu', 'pids']);
  });

  it('is nothing against an engine that runs as root', () => {
    expect(engineFacts(docker, says({ CgroupVersion: '1', CpuCfsQuota: false }))?.undelegated).toEqual([]);
  });
});

describe('what podman says of its machine', () => {
  it('is memory and what rootless containers cannot limit', () => {
    const host = { memTotal: 2048, cgroupVersion: 'v2', cgroupControllers: ['memory', 'pids'] };
    expect(engineFacts(podman, says({ host: { ...host, security: { rootless: true } } }))).toEqual({
      memoryBytes: 2048,
      undelegated: ['cpu'],
    });
  });

  it('is that rootless nodes need cgroup v2', () => {
    const host = { cgroupVersion: 'v1', cgroupControllers: [], security: { rootless: true } };
    expect(engineFacts(podman, says({ host }))?.undelegated).toEqual(['cgroup v2']);
  });
});
