import { describe, expect, it } from '@jest/globals';
import { kindConfiguration } from '../../../cli/src/cluster/kind-configuration';

const configuration = kindConfiguration({
  name: 'test',
  kubeconfig: '/platform/kubeconfig',
  nodeFolder: '/platform/node',
  nodeImage: 'kindest/node:v1',
  ports: { 30080: 8080, 30500: 5000 },
  patches: { networking: { disableDefaultCNI: true } },
  registryHosts: 'server = "http://127.0.0.1:30501"',
  registryName: 'registry.mlops:5000',
}) as { nodes: Record<string, unknown>[]; networking: unknown };

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
    ]);
  });

  it('adds what the source of the node image needs', () => {
    expect(configuration.networking).toEqual({ disableDefaultCNI: true });
  });
});
