import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { platform } from './support/cluster';
import { expectThat } from '../support/expect-that';

const NAMESPACES = ['mlops-registry', 'mlops-ci', 'mlops-monitoring', 'mlops-serving', 'mlops-system'];

/** Local addresses of listening TCP sockets on a port, as /proc writes them: hexadecimal, byte-reversed. */
function listenersOn(port: number): readonly string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => state === '0A' && local?.endsWith(suffix))
      .map(([, local]) => local?.split(':')[0] ?? ''),
  );
}

/** Workloads that read the Kubernetes API. No other pod gets a token. */
const READS_KUBERNETES = [
  'ci-master',
  'kube-state-metrics',
  'metrics-server',
  'prometheus',
  'rollout-controller',
];

/** What is on by default, read from what really runs. */
export function security(): void {
  describe('security by default', () => {
    it('listens on 127.0.0.1 only', () => {
      for (const [service, port] of Object.entries(platform().config.ports) as [string, number][]) {
        expectThat(new Set(listenersOn(port)), service).toEqual(new Set(['0100007F']));
      }
    });

    it('enforces Pod Security restricted and denies traffic by default in every namespace', async () => {
      const { core, config } = platform().kubernetes();
      const { NetworkingV1Api } = await import('@kubernetes/client-node');
      const network = config.makeApiClient(NetworkingV1Api);
      for (const name of NAMESPACES) {
        const { metadata } = await core.readNamespace({ name });
        expectThat(metadata?.labels?.['pod-security.kubernetes.io/enforce'], name).toBe('restricted');
        if (name === 'mlops-system') continue; // Holds state, never a pod.
        const { items } = await network.listNamespacedNetworkPolicy({ namespace: name });
        const deny = items.find(
          ({ spec }) => Object.keys(spec?.podSelector ?? {}).length === 0 && !spec?.ingress && !spec?.egress,
        );
        expectThat(deny?.spec?.policyTypes, name).toEqual(expect.arrayContaining(['Ingress', 'Egress']));
      }
    });

    it('runs every pod without root, with a read-only root, limits, and a token only to read Kubernetes', async () => {
      const { core } = platform().kubernetes();
      for (const namespace of NAMESPACES) {
        const { items } = await core.listNamespacedPod({ namespace });
        for (const { metadata, spec } of items) {
          const where = metadata?.name ?? '';
          const workload = metadata?.labels?.['app.kubernetes.io/name'] ?? '';
          expectThat(spec?.automountServiceAccountToken, where).toBe(READS_KUBERNETES.includes(workload));
          for (const { securityContext, resources } of [
            ...(spec?.initContainers ?? []),
            ...(spec?.containers ?? []),
          ]) {
            expectThat(securityContext, where).toMatchObject({
              readOnlyRootFilesystem: true,
              allowPrivilegeEscalation: false,
            });
            expectThat(resources?.limits, where).toHaveProperty('memory');
          }
        }
      }
    });
  });
}
