import { describe, expect, it } from '@jest/globals';
import { testPlatform } from '../support';
import { portOf, pullSecret, repositoryAndTag } from '../../../stacks/shared/oci-registry';

describe('repositoryAndTag', () => {
  it.each([
    ['localhost/mlops/model-server:1f2e', undefined, 'mlops/model-server:1f2e'],
    ['ghcr.io/team/model-server:1.0', undefined, 'team/model-server:1.0'],
    ['r.example/ml/mlops/model-server:1f2e', 'r.example/ml', 'mlops/model-server:1f2e'],
    ['mlops/model-server:1f2e', undefined, 'mlops/model-server:1f2e'],
  ])('of %s in %s is %s', (reference, registry, expected) => {
    expect(repositoryAndTag(reference, registry)).toBe(expected);
  });
});

describe('a registry of one’s own', () => {
  it.each([
    ['registry.example/ml', 443],
    ['registry.example:5443/ml', 5443],
    ['10.0.0.5:5000', 5000],
  ])('%s has port %d', (registry, port) => {
    expect(portOf(registry)).toBe(port);
  });

  it('is pulled from with the login of platform.yaml, if it names one', () => {
    const { config } = testPlatform();
    expect(pullSecret(config)).toEqual({});
    const images = { ...config.images, registry: 'registry.example', credentials: '/login.json' };
    expect(pullSecret({ ...config, images })).toEqual({ imagePullSecret: 'oci-registry-login' });
  });
});
