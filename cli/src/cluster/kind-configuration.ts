import { CI } from '../../../contracts/ci';
import { CERTS_FOLDER } from '../../../contracts/oci';
import { join } from 'node:path';

export interface KindCluster {
  readonly name: string;
  /** Absolute path of the kubeconfig to write. */
  readonly kubeconfig: string;
  /** Absolute folder mounted into the node; it also identifies the checkout that owns the cluster. */
  readonly nodeFolder: string;
  readonly nodeImage: string;
  /** Container port → host port on 127.0.0.1. */
  readonly ports: Readonly<Record<number, number>>;
  /** Parts of the kind configuration that depend on where the node image comes from. */
  readonly patches: Readonly<Record<string, unknown>>;
  /** containerd's hosts.toml for the in-cluster registry. */
  readonly registryHosts: string;
  readonly registryName: string;
  /** Absolute folder of git, mounted for the CI; undefined when it fetches from an address, or does not run. */
  readonly repository?: string | undefined;
}

/** Where a node has a mount by which the checkout that made it knows it again. */
export function ownerMount(nodeFolder: string): string {
  return `/mlops-owner${nodeFolder}`;
}

/** Source: kind, "Configuration" (kind.x-k8s.io/v1alpha4). */
export function kindConfiguration(cluster: KindCluster): Record<string, unknown> {
  const mounts = [
    {
      hostPath: join(cluster.nodeFolder, 'certs.d'),
      containerPath: CERTS_FOLDER,
      readOnly: true,
    },
    // Says who made the cluster: Docker Desktop reports the source of a mount under another path, its target as it is.
    {
      hostPath: join(cluster.nodeFolder, 'certs.d'),
      containerPath: ownerMount(cluster.nodeFolder),
      readOnly: true,
    },
    // For the CI. Only git's folder: the checkout has the administrator's kubeconfig.
    ...(cluster.repository === undefined
      ? []
      : [{ hostPath: cluster.repository, containerPath: CI.repositoryFolder, readOnly: true }]),
  ];
  const mappings = Object.entries(cluster.ports).map(([containerPort, hostPort]) => ({
    containerPort: Number(containerPort),
    hostPort,
    listenAddress: '127.0.0.1',
    protocol: 'TCP',
  }));
  return {
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    name: cluster.name,
    ...cluster.patches,
    nodes: [{ role: 'control-plane', extraMounts: mounts, extraPortMappings: mappings }],
  };
}
