import { Release } from '@cdktf/provider-helm/lib/release';
import { describe, expect, it } from '@jest/globals';
import { DataStack } from '../../../stacks/data/data-stack';
import { asText, portable, synthesize, testPlatform, valuesOf } from '../support';

const stack = synthesize(DataStack, 'data');

describe('DataStack', () => {
  it('matches its snapshot', () => {
    expect(portable(stack)).toMatchSnapshot();
  });

  it('creates passwords before the database', () => {
    expect(asText(stack)).toHaveResourceWithProperties(Release, {
      name: 'postgres',
      depends_on: ['helm_release.credentials'],
    });
  });

  it('has no password in its values', () => {
    const values = Object.keys(stack.resource.helm_release ?? {}).map((name) => valuesOf(stack, name));
    expect(JSON.stringify(values)).not.toMatch(/password/i);
  });

  it('creates the prediction log’s tables with the model server that models are built on', () => {
    expect(valuesOf(stack, 'postgres').predictionLog).toEqual({
      image: testPlatform().catalogue.image('model-server'),
    });
  });

  it('creates the tables of labels with the quality exporter', () => {
    expect(valuesOf(stack, 'postgres').quality).toEqual({
      image: testPlatform().catalogue.image('quality'),
    });
  });

  it('accepts labels once their tables exist', () => {
    expect(stack.resource.helm_release?.quality?.depends_on).toEqual(['helm_release.postgres']);
  });

  it.each(['bundled', 'existing', 'none'] as const)('accepts labels with monitoring: %s', (monitoring) => {
    const { resource } = synthesize(DataStack, 'data', testPlatform({ config: { monitoring } }));
    expect(resource.helm_release).toHaveProperty('quality');
  });

  it('configures the exporter from every model.yaml', () => {
    expect(valuesOf(stack, 'quality').models).toEqual([
      {
        name: 'fraud',
        labelDays: 7,
        gates: { average_precision: 0.45, auc_roc: 0.8, card_precision_100: 0.15 },
      },
    ]);
  });

  it('creates monitoring logins only for a bundled stack', () => {
    const made = (monitoring: 'bundled' | 'existing' | 'none') =>
      valuesOf(synthesize(DataStack, 'data', testPlatform({ config: { monitoring } })), 'credentials')
        .monitoring;
    expect(made('bundled')).toEqual({ namespace: 'mlops-monitoring', queryNamespaces: ['mlops-serving'] });
    expect(made('existing')).toEqual({ namespace: '', queryNamespaces: [] });
    expect(made('none')).toEqual({ namespace: '', queryNamespaces: [] });
  });

  it('has nothing for a CI that is switched off', () => {
    const { config } = testPlatform();
    const withoutCi = synthesize(
      DataStack,
      'data',
      testPlatform({ config: { ci: { ...config.ci, enabled: false } } }),
    );
    for (const release of ['credentials', 'postgres']) {
      expect(valuesOf(stack, release)).toHaveProperty('ci');
      expect(valuesOf(withoutCi, release)).not.toHaveProperty('ci');
    }
  });

  it('lets the CI count labels where it trains on new ones, and only there', () => {
    const { config } = testPlatform();
    const namespaceFor = (ci: object) =>
      valuesOf(
        synthesize(DataStack, 'data', testPlatform({ config: { ci: { ...config.ci, ...ci } } })),
        'quality',
      ).ciNamespace;
    expect(namespaceFor({ newLabels: 100 })).toBe('mlops-ci');
    expect(namespaceFor({ newLabels: 0 })).toBeUndefined();
    expect(namespaceFor({ newLabels: 100, enabled: false })).toBeUndefined();
  });

  it('gives the password for storing predictions only to the serving namespace', () => {
    expect(valuesOf(stack, 'credentials').predictionWriterNamespaces).toEqual(['mlops-serving']);
  });
});
