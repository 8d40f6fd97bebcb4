import { Release } from '@cdktf/provider-helm/lib/release';
import { DataKubernetesConfigMap } from '@cdktf/provider-kubernetes/lib/data-kubernetes-config-map';
import { describe, expect, it } from '@jest/globals';
import { ServingStack } from '../../../stacks/serving/serving-stack';
import { asText, portable, synthesize, testPlatform } from '../support';

const stack = synthesize(ServingStack, 'serving');
const text = asText(stack);
const gateway = { name: 'gateway' };
const version = { name: '${each.key}' };

describe('ServingStack', () => {
  it('matches its snapshot', () => {
    expect(portable(stack)).toMatchSnapshot();
  });

  it('reads the release list at plan time', () => {
    expect(text).toHaveDataSourceWithProperties(DataKubernetesConfigMap, {
      metadata: { name: 'release-list', namespace: 'mlops-serving' },
    });
  });

  it('fails the plan if the list cannot be read, instead of removing every version', () => {
    expect(JSON.stringify(stack.locals)).not.toMatch(/\btry\(|\bcan\(/);
  });

  it('has no model and no version in a state address: both are keys of for_each', () => {
    expect(Object.keys(stack.resource.helm_release ?? {})).toEqual(['gateway', 'version']);
    expect(text).toHaveResourceWithProperties(Release, { ...version, for_each: '${local.versions}' });
  });

  it('stops traffic to a version before removing it', () => {
    expect(text).toHaveResourceWithProperties(Release, { ...gateway, depends_on: ['helm_release.version'] });
    expect(text).toHaveResourceWithProperties(Release, {
      ...version,
      lifecycle: { create_before_destroy: true },
    });
  });

  it('uses default sizes for a model that is no longer in platform.yaml', () => {
    expect(text).toHaveResourceWithProperties(Release, {
      ...version,
      values: [expect.stringContaining('lookup(local.settings, each.value.model, local.fallback)')],
    });
  });

  it('has a route from a Gateway of the cluster or none, as platform.yaml says', () => {
    const values = (config: object) =>
      JSON.stringify(synthesize(ServingStack, 'serving', testPlatform({ config })));
    const route = (text: string) => text.replaceAll('\\', '');
    expect(route(values({}))).toContain(
      '"httpRoute":{"parent":{"name":"","namespace":"","listener":""},"hostnames":[]}',
    );
    const gatewayApi = { name: 'public', namespace: 'infra', listener: '', hostnames: ['models.example'] };
    expect(route(values({ gatewayApi }))).toContain(
      '"httpRoute":{"parent":{"name":"public","namespace":"infra","listener":""},"hostnames":["models.example"]}',
    );
  });

  it('gives every version an autoscaler or none, as platform.yaml says', () => {
    const settings = (more: object) => {
      const { config, ...rest } = testPlatform();
      const { fraud } = config.models;
      if (fraud === undefined) throw new Error('no model fraud');
      const platform = { ...rest, config: { ...config, models: { fraud: { ...fraud, ...more } } } };
      const made = synthesize(ServingStack, 'serving', platform);
      return (made.locals as { settings: { fraud: { autoscaling: unknown } } }).settings.fraud.autoscaling;
    };
    expect(settings({})).toMatchObject({ enabled: false });
    expect(settings({ autoscaling: { maxReplicas: 6, cpu: '300m' } })).toEqual({
      enabled: true,
      maxReplicas: 6,
      cpu: '300m',
    });
  });

  it('gives the gateway versions but not weights', () => {
    expect(text).toHaveResourceWithProperties(Release, {
      ...gateway,
      values: [expect.stringContaining('{ models = local.routes }')],
    });
    expect(text).not.toContain('weight');
  });
});
