import { describe, expect, it } from '@jest/globals';
import { parseOrphan } from '../../cli/src/terraform';

describe('a resource that a killed run created but did not record', () => {
  const stack = JSON.stringify({
    resource: {
      helm_release: {
        gateway: { name: 'gateway', namespace: 'mlops-serving' },
        version: { name: '${each.key}', namespace: 'mlops-serving' },
      },
      kubernetes_namespace: { ci: { metadata: { name: 'mlops-ci' } } },
      kubernetes_config_map: { list: { metadata: [{ name: 'release-list', namespace: 'mlops-serving' }] } },
    },
  });

  it.each([
    [
      'a Helm release',
      'Error: cannot re-use a name that is still in use\n  with helm_release.gateway,',
      'helm_release.gateway',
      { type: 'helm_release', namespace: 'mlops-serving', name: 'gateway' },
    ],
    [
      'one of several releases',
      'Error: cannot re-use a name that is still in use\n  with helm_release.version["fraud-v2"],',
      'helm_release.version["fraud-v2"]',
      { type: 'helm_release', namespace: 'mlops-serving', name: 'fraud-v2' },
    ],
    [
      'a namespace',
      'Error: namespaces "mlops-ci" already exists\n  with kubernetes_namespace.ci,',
      'kubernetes_namespace.ci',
      { type: 'kubernetes_namespace', namespace: undefined, name: 'mlops-ci' },
    ],
    [
      'a namespaced object',
      'Error: configmaps "release-list" already exists\n  with kubernetes_config_map.list,',
      'kubernetes_config_map.list',
      { type: 'kubernetes_config_map', namespace: 'mlops-serving', name: 'release-list' },
    ],
  ])('is found: %s', (_, output, address, orphan) => {
    expect(parseOrphan(output, stack)).toEqual({ address, ...orphan });
  });

  it('is not guessed from other errors', () => {
    expect(parseOrphan('Error: timeout\n with helm_release.gateway,', stack)).toBeUndefined();
  });
});
