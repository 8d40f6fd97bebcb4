import { describe, expect, it } from '@jest/globals';
import { RolloutStack } from '../../../stacks/rollout/rollout-stack';
import { synthesize, testPlatform, valuesOf } from '../support';

describe('RolloutStack', () => {
  const stack = synthesize(RolloutStack, 'rollout');

  it('runs the controller beside the release list, with the Lease that the role names', () => {
    expect(stack.resource.helm_release?.controller).toMatchObject({
      name: 'rollout-controller',
      namespace: 'mlops-serving',
    });
    expect(valuesOf(stack, 'controller').releaseList).toBe('release-list');
  });

  it('tells it where evidence is, and the Secret with the password', () => {
    expect(valuesOf(stack, 'controller').prometheus).toEqual({
      url: 'http://prometheus.mlops-monitoring.svc.cluster.local:9090',
      namespace: 'mlops-monitoring',
      credentials: 'prometheus-credentials',
    });
  });

  it('has the size of platform.yaml', () => {
    const size = { cpu: '20m', cpuLimit: '1', memory: '80Mi' };
    const { sizes } = testPlatform().config;
    const platform = testPlatform({ config: { sizes: { ...sizes, rolloutController: size } } });
    expect(valuesOf(synthesize(RolloutStack, 'rollout', platform), 'controller').size).toEqual(size);
  });

  it.each(['existing', 'none'] as const)(
    'releases nothing with monitoring: %s, which gives no evidence',
    (monitoring) => {
      const { resource } = synthesize(RolloutStack, 'rollout', testPlatform({ config: { monitoring } }));
      expect(resource).toBeUndefined();
    },
  );
});
