import { Release } from '@cdktf/provider-helm/lib/release';
import { describe, expect, it } from '@jest/globals';
import { DataStack } from '../../../stacks/data/data-stack';
import { asText, portable, synthesize, testPlatform, valuesOf } from '../support';

const stack = synthesize(DataStack, 'data');

describe('DataStack', () => {
  it('matches its snapshot', () => {
    expect(portable(stack)).toMatchSnapshot();
  });

  it('makes passwords first, then the database', () => {
    expect(asText(stack)).toHaveResourceWithProperties(Release, {
      name: 'postgres',
      depends_on: ['helm_release.credentials'],
    });
  });

  it('has no password in its values', () => {
    const values = Object.keys(stack.resource.helm_release ?? {}).map((name) => valuesOf(stack, name));
    expect(JSON.stringify(values)).not.toMatch(/password/i);
  });

  it('sets up the tables of the prediction log with the model server that models are built upon', () => {
    expect(valuesOf(stack, 'postgres').predictionLog).toEqual({
      image: testPlatform().catalogue.image('model-server'),
    });
  });

  it('makes logins of the monitoring stack where it brings one, and no others', () => {
    const made = (monitoring: 'bundled' | 'existing' | 'none') =>
      valuesOf(synthesize(DataStack, 'data', testPlatform({ config: { monitoring } })), 'credentials')
        .monitoring;
    expect(made('bundled')).toEqual({ namespace: 'mlops-monitoring', queryNamespaces: ['mlops-serving'] });
    expect(made('existing')).toEqual({ namespace: '', queryNamespaces: [] });
    expect(made('none')).toEqual({ namespace: '', queryNamespaces: [] });
  });

  it('gives the password that stores predictions to the namespace that serves, and to no other', () => {
    expect(valuesOf(stack, 'credentials').predictionWriterNamespaces).toEqual(['mlops-serving']);
  });
});
