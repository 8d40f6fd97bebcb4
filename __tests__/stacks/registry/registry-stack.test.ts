import { describe, expect, it } from '@jest/globals';
import { RegistryStack } from '../../../stacks/registry/registry-stack';
import { portable, synthesize, testPlatform, valuesOf } from '../support';

const stack = synthesize(RegistryStack, 'registry');

const existing = testPlatform({
  config: {
    cluster: { type: 'existing', name: 'shared', context: 'prod' },
    images: { source: 'upstream', registry: 'registry.example/ml' },
  },
});

describe('RegistryStack', () => {
  it('matches its snapshot', () => {
    expect(portable(stack)).toMatchSnapshot();
  });

  it('has no password in its values', () => {
    const values = Object.keys(stack.resource.helm_release ?? {}).map((name) => valuesOf(stack, name));
    expect(JSON.stringify(values)).not.toMatch(/password/i);
  });

  it('opens the node ports that kind maps to this machine', () => {
    expect(valuesOf(stack, 'mlflow').service).toEqual({ type: 'NodePort', nodePort: 30500 });
    expect(valuesOf(stack, 'registry').service).toEqual({ type: 'NodePort', nodePort: 30501 });
  });

  it('opens no node port on an existing cluster', () => {
    const shared = synthesize(RegistryStack, 'registry', existing);
    expect(valuesOf(shared, 'mlflow').service).toMatchObject({ type: 'ClusterIP' });
  });

  it('installs no OCI registry if platform.yaml names one', () => {
    const shared = synthesize(RegistryStack, 'registry', existing);
    expect(Object.keys(shared.resource.helm_release ?? {})).toEqual(['mlflow']);
  });
});
