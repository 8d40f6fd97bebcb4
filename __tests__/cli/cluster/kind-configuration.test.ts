import { describe, expect, it } from '@jest/globals';
import { assertOurs } from '../../../cli/src/cluster/kind';
import { kindConfiguration } from '../../../cli/src/cluster/kind-configuration';

const cluster = {
  name: 'test',
  kubeconfig: '/platform/kubeconfig',
  nodeFolder: '/platform/node',
  nodeImage: 'kindest/node:v1',
  ports: { 30080: 8080, 30500: 5000 },
  patches: { networking: { disableDefaultCNI: true } },
  registryHosts: 'server = "http://127.0.0.1:30501"',
  registryName: 'registry.mlops:5000',
};

const configuration = kindConfiguration(cluster) as { nodes: Record<string, unknown>[]; networking: unknown };

describe('the kind configuration', () => {
  it('maps ports on 127.0.0.1 only', () => {
    expect(configuration.nodes[0]?.extraPortMappings).toEqual([
      { containerPort: 30080, hostPort: 8080, listenAddress: '127.0.0.1', protocol: 'TCP' },
      { containerPort: 30500, hostPort: 5000, listenAddress: '127.0.0.1', protocol: 'TCP' },
    ]);
  });

  it('mounts the registry’s address into the node, read-only', () => {
    expect(configuration.nodes[0]?.extraMounts).toEqual([
      { hostPath: '/platform/node/certs.d', containerPath: '/etc/containerd/certs.d', readOnly: true },
      { hostPath: '/platform/node/certs.d', containerPath: '/mlops-owner/platform/node', readOnly: true },
    ]);
  });

  it('adds what the source of the node image needs', () => {
    expect(configuration.networking).toEqual({ disableDefaultCNI: true });
  });
});

describe('a cluster belongs to the checkout that made it', () => {
  const mounts = (source: string, owner?: string) => ({
    Mounts: [
      { Source: source, Destination: '/etc/containerd/certs.d' },
      ...(owner === undefined ? [] : [{ Source: source, Destination: `/mlops-owner${owner}` }]),
    ],
  });

  it.each([
    ['Linux', '/platform/node/certs.d'],
    ['Docker Desktop on a Mac', '/host_mnt/platform/node/certs.d'],
    ['Docker Desktop with WSL2', '/run/desktop/mnt/host/wsl/docker-desktop-bind-mounts/Debian/4f2b'],
  ])('wherever %s says the mount is from', (_, source) => {
    expect(() => {
      assertOurs(cluster, mounts(source, '/platform/node'));
    }).not.toThrow();
  });

  it('also if it was made before there was an owner’s mount', () => {
    expect(() => {
      assertOurs(cluster, mounts('/platform/node/certs.d'));
    }).not.toThrow();
  });

  it('and to no other', () => {
    expect(() => {
      assertOurs(cluster, mounts('/platform/node/certs.d', '/other/node'));
    }).toThrow('got:      made by the checkout that owns /other/node');
    expect(() => {
      assertOurs(cluster, { Mounts: [] });
    }).toThrow('got:      made by something else');
  });
});
