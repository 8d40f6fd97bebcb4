import { describe, expect, it } from '@jest/globals';
import { partsOf } from '../../cli/src/parts';
import { testPlatform } from '../stacks/support';

const names = (config: Parameters<typeof partsOf>[0]) => partsOf(config).map(({ name }) => name);

describe('the parts listed by mlops open', () => {
  const { config: all } = testPlatform();
  const config = { ...all, ci: { ...all.ci, enabled: false } };

  it('include the CI where it is switched on', () => {
    expect(names(all)).toContain('ci');
    expect(partsOf(all).find(({ name }) => name === 'ci')?.secret).toEqual({
      namespace: 'mlops-ci',
      name: 'ci-credentials',
    });
  });

  it('include those of a bundled monitoring stack', () => {
    expect(names(config)).toEqual([
      'gateway',
      'labels',
      'mlflow',
      'ociRegistry',
      'prometheus',
      'alertmanager',
      'grafana',
    ]);
  });

  it.each(['existing', 'none'] as const)('include none of it with monitoring: %s', (monitoring) => {
    expect(names({ ...config, monitoring })).toEqual(['gateway', 'labels', 'mlflow', 'ociRegistry']);
  });

  it('leave out the OCI registry if platform.yaml names another', () => {
    expect(names({ ...config, images: { ...config.images, registry: 'r.example/ml' } })).not.toContain(
      'ociRegistry',
    );
  });

  it('name the Secret of every part with a password', () => {
    const secrets = partsOf(config).map(({ secret }) => secret && `${secret.namespace}/${secret.name}`);
    expect(secrets).toEqual([
      undefined,
      'mlops-registry/labels-credentials',
      'mlops-registry/mlflow-credentials',
      undefined,
      'mlops-monitoring/prometheus-credentials',
      'mlops-monitoring/alertmanager-credentials',
      'mlops-monitoring/grafana-credentials',
    ]);
  });
});
