import { describe, expect, it } from '@jest/globals';
import { mebibytes } from '../../../contracts/quantity';
import { canonical, quotas } from '../../../stacks/guardrails/quotas';
import { testPlatform } from '../support';

describe('quotas', () => {
  it('leave room for twice what platform.yaml asks for', () => {
    const { config } = testPlatform();
    const asked =
      config.sizes.gateway.replicas * mebibytes(config.sizes.gateway.memory) +
      mebibytes(config.sizes.rolloutController.memory) +
      Object.values(config.models)
        .map(({ replicas, keep, memory }) => replicas * (keep + 1) * mebibytes(memory))
        .reduce((sum, memory) => sum + memory, 0);
    expect(quotas(config).serving['limits.memory']).toBe(canonical(2 * asked));
  });

  it('leave room for the most pods of an autoscaled model', () => {
    const { config } = testPlatform();
    const { fraud } = config.models;
    if (fraud === undefined) throw new Error('no model fraud');
    const scaled = { ...fraud, autoscaling: { maxReplicas: 7, cpu: '500m' } };
    const memory = (each: typeof config) => mebibytes(quotas(each).serving['limits.memory'] ?? '');
    const more = memory({ ...config, models: { fraud: scaled } }) - memory({ ...config, models: { fraud } });
    expect(more).toBe(2 * (7 - fraud.replicas) * (fraud.keep + 1) * mebibytes(fraud.memory));
  });

  it('leave the registry enough room', () => {
    const { config } = testPlatform();
    const { postgres, mlflow, ociRegistry, quality } = config.sizes;
    const asked = [postgres, mlflow, ociRegistry, quality]
      .map(({ memory }) => mebibytes(memory))
      .reduce((sum, memory) => sum + memory, 0);
    expect(quotas(config).registry['limits.memory']).toBe(canonical(2 * asked));
  });

  it('leave monitoring room for twice what platform.yaml asks for', () => {
    const { config } = testPlatform();
    const bigger = {
      ...config,
      sizes: { ...config.sizes, prometheus: { ...config.sizes.prometheus, memory: '4Gi' } },
    };
    const { prometheus, alertmanager, kubeStateMetrics, metricsServer, grafana } = bigger.sizes;
    const asked = [prometheus, alertmanager, kubeStateMetrics, metricsServer, grafana]
      .map(({ memory }) => mebibytes(memory))
      .reduce((sum, memory) => sum + memory, 0);
    expect(quotas(bigger).monitoring['limits.memory']).toBe(canonical(2 * asked));
  });

  it('have room for the CI’s master and runners only where it is switched on', () => {
    const { config } = testPlatform();
    const memory = (ci: Partial<typeof config.ci>) =>
      quotas({ ...config, ci: { ...config.ci, ...ci } }).ci['limits.memory'] ?? '';
    const { training, ciMaster, ciTest } = config.sizes;
    const trainings = 4 * mebibytes(training.memory);
    expect(memory({ enabled: false, parallel: 3 })).toBe(canonical(trainings));
    // Three builds, and the one that changes what serves.
    const runners = 4 * mebibytes(ciTest.memory);
    expect(memory({ enabled: true, parallel: 3 })).toBe(
      canonical(trainings + mebibytes(ciMaster.memory) + runners),
    );
  });

  it('grow with the replicas of a model', () => {
    const { config } = testPlatform();
    const [name = '', model] = Object.entries(config.models)[0] ?? [];
    if (model === undefined) throw new Error('no model');
    const bigger = { ...config, models: { [name]: { ...model, replicas: 40 } } };
    expect(Number(quotas(bigger).serving.pods)).toBeGreaterThan(40 * model.keep);
  });

  it('are written as Kubernetes normalizes them, or every plan would show a change', () => {
    expect([canonical(2048), canonical(2560)]).toEqual(['2Gi', '2560Mi']);
  });
});
