import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { errors } from '../../cli/src/errors';
import { checkPorts, checkResources, hostResources, type HostResources } from '../../cli/src/preflight';

const host = (changes: Partial<HostResources>): HostResources => ({
  memoryGib: () => 16,
  undelegated: () => [],
  freeDiskGib: () => 100,
  isPortFree: () => Promise.resolve(true),
  ...changes,
});

describe('the machine check', () => {
  it('accepts a sufficient machine', () => {
    expect(() => {
      checkResources(host({ memoryGib: () => 6, freeDiskGib: () => 20 }), '/cache');
    }).not.toThrow();
  });

  it('refuses too little memory', () => {
    expect(() => {
      checkResources(host({ memoryGib: () => 5.9 }), '/cache');
    }).toThrowErrorMatchingInlineSnapshot(`
      "The machine that containers run on does not have enough memory for the platform.
        got:      5.9 GiB
        expected: at least 6 GiB
        fix:      Give the virtual machine of Docker Desktop or podman more (its settings, Resources). Or use a larger machine, or an existing cluster: \`cluster.type: existing\` in platform.yaml."
    `);
  });

  it('refuses too little disk', () => {
    expect(() => {
      checkResources(host({ freeDiskGib: () => 3.25 }), '/cache');
    }).toThrowErrorMatchingInlineSnapshot(`
      "There is not enough free disk space in /cache.
        got:      3.3 GiB free
        expected: at least 20 GiB
        fix:      Free some space, or point MLOPS_CACHE at a larger disk."
    `);
  });

  it('refuses a rootless engine that cannot limit what nodes limit', () => {
    expect(() => {
      checkResources(host({ undelegated: () => ['cpu', 'pids'] }), '/cache');
    }).toThrowErrorMatchingInlineSnapshot(`
      "The container engine runs rootless and cannot limit what Kubernetes nodes limit.
        got:      not available to this user: cpu, pids
        expected: cgroup v2 with cpu, memory and pids delegated
        fix:      Delegate them (https://rootlesscontaine.rs/getting-started/common/cgroup2/), log in again, or use an engine that runs as root."
    `);
  });

  it('tells who may listen on MLflow’s port on a Mac', () => {
    expect(errors.portTaken(5000, 'mlflow', 'darwin').message).toMatchInlineSnapshot(`
      "Port 5000 on 127.0.0.1 is in use.
        got:      another process is listening on it: on a Mac this may be AirPlay Receiver
        expected: a free port for mlflow
        fix:      Stop that process, or set \`ports.mlflow\` in platform.yaml to a free port."
    `);
  });

  it('measures the disk of a folder that does not exist yet', () => {
    expect(hostResources.freeDiskGib('/tmp/not/yet/there')).toBeGreaterThan(0);
  });

  it('detects a port in use and names the key to change', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const check = checkPorts(hostResources, { gateway: port });
    await expect(check).rejects.toThrow(`Port ${String(port)} on 127.0.0.1 is in use.`);
    await expect(check).rejects.toThrow('`ports.gateway`');
    await new Promise((resolve) => server.close(resolve));
    await expect(checkPorts(hostResources, { gateway: port })).resolves.toBeUndefined();
  });
});
