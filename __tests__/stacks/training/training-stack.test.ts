import { describe, expect, it } from '@jest/globals';
import { TrainingStack } from '../../../stacks/training/training-stack';
import { portable, synthesize, testPlatform, valuesOf } from '../support';

const { config } = testPlatform();
const fraud = config.models.fraud;
if (fraud === undefined) throw new Error('platform.yaml has no model fraud');

describe('TrainingStack', () => {
  it('matches its snapshot', () => {
    expect(portable(synthesize(TrainingStack, 'training'))).toMatchSnapshot();
  });

  it('has one training template per model', () => {
    const platform = testPlatform({
      config: { models: { fraud, churn: { ...fraud, path: 'teams/sales/churn' } } },
    });
    const stack = synthesize(TrainingStack, 'training', platform);
    expect(Object.keys(stack.resource.helm_release ?? {})).toEqual(['train-churn', 'train-fraud']);
    expect(valuesOf(stack, 'train-churn')).toMatchObject({ model: 'churn', folder: 'teams/sales/churn' });
    expect(valuesOf(stack, 'train-fraud')).toMatchObject({ model: 'fraud', folder: 'models/fraud' });
  });

  it('pushes to the registry’s Service and names images as nodes pull them', () => {
    expect(valuesOf(synthesize(TrainingStack, 'training'), 'train-fraud').registry).toMatchObject({
      pushHost: 'registry.mlops-registry.svc.cluster.local:5000',
      pullHost: 'registry.mlops:5000',
    });
  });

  it('uses the registry in platform.yaml if there is one', () => {
    const platform = testPlatform({ config: { images: { source: 'upstream', registry: 'r.example/ml' } } });
    expect(valuesOf(synthesize(TrainingStack, 'training', platform), 'train-fraud').registry).toMatchObject({
      pushHost: 'r.example/ml',
      pullHost: 'r.example/ml',
      namespace: '',
    });
  });
});
