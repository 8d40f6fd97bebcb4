import { describe, expect, it } from '@jest/globals';
import { ServingStack } from '../../../stacks/serving/serving-stack';
import { portable, synthesize } from '../support';

const stack = synthesize(ServingStack, 'serving');
const releases = stack.resource.helm_release ?? {};

describe('ServingStack', () => {
  it('matches its snapshot', () => {
    expect(portable(stack)).toMatchSnapshot();
  });

  it('reads the release list at plan time', () => {
    expect(stack.data?.kubernetes_config_map?.['release-list']?.metadata).toEqual({
      name: 'release-list',
      namespace: 'mlops-serving',
    });
  });

  it('fails the plan when the list cannot be read, instead of removing every version', () => {
    expect(JSON.stringify(stack.locals)).not.toMatch(/\btry\(|\bcan\(/);
  });

  it('has no model and no version in a state address: both are keys of for_each', () => {
    expect(Object.keys(releases)).toEqual(['gateway', 'version']);
    expect(releases.version?.for_each).toBe('${local.versions}');
    expect(releases.version?.name).toBe('${each.key}');
  });

  it('stops sending to a version before it removes it', () => {
    expect(releases.gateway?.depends_on).toEqual(['helm_release.version']);
    expect(releases.version?.lifecycle).toEqual({ create_before_destroy: true });
  });

  it('falls back to default sizes for a model that platform.yaml no longer has', () => {
    expect(releases.version?.values).toEqual([
      expect.stringContaining('lookup(local.settings, each.value.model, local.fallback)'),
    ]);
  });

  it('gives the gateway the versions of the list, and leaves the weights to it', () => {
    expect(releases.gateway?.values).toEqual([expect.stringContaining('{ models = local.routes }')]);
    expect(JSON.stringify(stack)).not.toContain('weight');
  });
});
