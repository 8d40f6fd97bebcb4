import { describe, expect, it } from '@jest/globals';
import { repositoryAndTag } from '../../../stacks/shared/oci-registry';

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
