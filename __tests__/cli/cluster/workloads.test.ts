import { describe, expect, it } from '@jest/globals';
import { listWorkloads } from '../../../cli/src/cluster/workloads';
import type { Kubernetes } from '../../../cli/src/cluster/kubernetes';

describe('the workloads of the platform', () => {
  it('are not those of others who use its label in namespaces of their own', async () => {
    const inNamespaces = (...namespaces: string[]) => ({
      items: namespaces.map((namespace) => ({ metadata: { name: 'gateway', namespace } })),
    });
    const apps = {
      listDeploymentForAllNamespaces: () =>
        Promise.resolve(inNamespaces('mlops', 'mlops-serving', 'mlops-serving-archive')),
      listStatefulSetForAllNamespaces: () => Promise.resolve(inNamespaces('default', 'mlops-registry')),
    };
    const { deployments, sets } = await listWorkloads({ apps } as unknown as Kubernetes);
    const namespaces = [...deployments, ...sets].map(({ metadata }) => metadata?.namespace);
    expect(namespaces).toEqual(['mlops-serving', 'mlops-registry']);
  });
});
