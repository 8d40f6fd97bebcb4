import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { stringify } from 'yaml';
import type { PlatformConfig } from '../../../stacks/shared/config';

/** Where kubelet puts a pod's service account. Source: Kubernetes, "Accessing the Kubernetes API from a Pod". */
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Writes the kubeconfig that Terraform reads in a pod. It names the token's file and not the token, which kubelet
 * renews while a long apply runs.
 */
export function writePodKubeconfig({ cluster, paths }: PlatformConfig, account = ACCOUNT): void {
  const name = cluster.context;
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [
      {
        name,
        cluster: {
          server: 'https://kubernetes.default.svc',
          'certificate-authority': `${account}/ca.crt`,
        },
      },
    ],
    users: [{ name, user: { tokenFile: `${account}/token` } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
  mkdirSync(dirname(paths.kubeconfig), { recursive: true });
  writeFileSync(paths.kubeconfig, stringify(kubeconfig), { mode: 0o600 });
}
