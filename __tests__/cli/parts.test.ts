import { describe, expect, it } from '@jest/globals';
import { partsOf } from '../../cli/src/parts';
import { testPlatform } from '../stacks/support';

const names = (config: Parameters<typeof partsOf>[0]) => partsOf(config).map(({ name }) => name);

describe('parts that mlops open lists', () => {
  const { config: all } = testPlatform();
  const config = { ...all, ci: { ...all.ci, enabled: false } };

  it('are the CI too, where it is switched on', () => {
    expect(names(all)).toContain('ci');
    expect(partsOf(all).find(({ name }) => name === 'ci')?.secret).toEqual({
      namespace: 'mlops-ci',
      name: 'ci-credentials',
    });
  });

  it('are those of the monitoring stack too, where the platform brings one', () => {
    expect(names(config)).toEqual([
      'gateway',
      'mlflow',
      'ociRegistry',
      'prometheus',
      'alertmanager',
      'grafana',
    ]);
  });

  it.each(['existing', 'none'] as const)('are none of it with monitoring: %s', (monitoring) => {
    expect(names({ ...config, monitoring })).toEqual(['gateway', 'mlflow', 'ociRegistry']);
  });

  it('leave the OCI registry out where platform.yaml names another', () => {
    expect(names({ ...config, images: { ...config.images, registry: 'r.example/ml' } })).not.toContain(
      'ociRegistry',
    );
  });

  it('name the Secret of every part that asks for a password', () => {
    const secrets = partsOf(config).map(({ secret }) => secret && `${secret.namespace}/${secret.name}`);
    expect(secrets).toEqual([
      undefined,
      'mlops-registry/mlflow-credentials',
      undefined,
      'mlops-monitoring/prometheus-credentials',
      'mlops-monitoring/alertmanager-credentials',
      'mlops-monitoring/grafana-credentials',
    ]);
  });
});
