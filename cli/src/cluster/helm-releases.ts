import type { Kubernetes } from './kubernetes';

const NAMESPACES = ['mlops-registry', 'mlops-ci', 'mlops-monitoring', 'mlops-serving'];

/**
 * Removes the record of Helm operations that a killed run left pending: Helm refuses to touch such a release.
 * Only the record goes (the newest revision Secret); what runs stays, and the next apply takes it over.
 * @returns the records removed, `namespace/release revision n`
 */
export async function clearPendingReleases({ core }: Kubernetes): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const namespace of NAMESPACES) {
    const { items } = await core.listNamespacedSecret({
      namespace,
      labelSelector: 'owner=helm,status in (pending-install,pending-upgrade,pending-rollback)',
    });
    for (const { metadata } of items) {
      await core.deleteNamespacedSecret({ namespace, name: metadata?.name ?? '' });
      const { name = '?', version = '?' } = metadata?.labels ?? {};
      removed.push(`${namespace}/${name} revision ${version}`);
    }
  }
  return removed;
}
