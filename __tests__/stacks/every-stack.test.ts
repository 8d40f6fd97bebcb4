import { basename } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CiStack } from '../../stacks/ci/ci-stack';
import { ClusterStack } from '../../stacks/cluster/cluster-stack';
import { DataStack } from '../../stacks/data/data-stack';
import { GuardrailsStack } from '../../stacks/guardrails/guardrails-stack';
import { MonitoringStack } from '../../stacks/monitoring/monitoring-stack';
import { RegistryStack } from '../../stacks/registry/registry-stack';
import { RolloutStack } from '../../stacks/rollout/rollout-stack';
import { ServingStack } from '../../stacks/serving/serving-stack';
import { TrainingStack } from '../../stacks/training/training-stack';
import { FROM_CATALOGUE, PACKAGES, ROOT, UPSTREAM, synthesize, testPlatform } from './support';

const inCluster = [
  ['guardrails', GuardrailsStack],
  ['data', DataStack],
  ['registry', RegistryStack],
  ['monitoring', MonitoringStack],
  ['training', TrainingStack],
  ['ci', CiStack],
  ['serving', ServingStack],
  ['rollout', RolloutStack],
] as const;
const all = [['cluster', ClusterStack], ...inCluster] as const;

/** What each stack is made with, and what it releases. */
const PROVIDERS = {
  guardrails: ['kubernetes'],
  data: ['helm'],
  registry: ['helm'],
  monitoring: ['helm'],
  training: ['helm'],
  ci: ['helm'],
  serving: ['helm', 'kubernetes'],
  rollout: ['helm'],
};
const CHARTS = {
  cluster: [],
  guardrails: [],
  data: ['credentials', 'postgres', 'quality'],
  registry: ['mlflow', 'oci-registry'],
  monitoring: ['alertmanager', 'grafana', 'kube-state-metrics', 'metrics-server', 'prometheus'],
  training: ['training'],
  ci: ['ci-master'],
  serving: ['gateway', 'model-version'],
  rollout: ['rollout-controller'],
};

describe.each(inCluster)('stack %s', (id, Stack) => {
  it('keeps its state in the cluster under its own name', () => {
    expect(synthesize(Stack, id).terraform.backend.kubernetes).toMatchObject({
      secret_suffix: id,
      namespace: 'mlops-system',
      config_context: 'kind-mlops',
    });
  });

  it.each([
    ['upstream', UPSTREAM],
    ['packages', PACKAGES],
  ])('pins the provider versions of source %s', (_source, providers) => {
    const { terraform } = synthesize(Stack, id, testPlatform({ providers }));
    const required = Object.entries(terraform.required_providers ?? {});
    expect(required.map(([name]) => name).toSorted()).toEqual(PROVIDERS[id]);
    for (const [name, pinned] of required) {
      expect(pinned).toEqual({
        source: `registry.terraform.io/hashicorp/${name}`,
        version: providers[name as keyof typeof providers],
      });
    }
  });

  it('writes nothing into the state that another checkout would change back', () => {
    const { resource, data, locals } = synthesize(Stack, id);
    expect(JSON.stringify({ resource, data, locals })).not.toContain(ROOT);
  });

  it('differs between sources only in provider versions', () => {
    const withoutVersions = (providers: typeof UPSTREAM) => {
      const { resource, data, locals } = synthesize(Stack, id, testPlatform({ providers }));
      return { resource, data, locals };
    };
    expect(withoutVersions(PACKAGES)).toEqual(withoutVersions(UPSTREAM));
  });
});

describe.each(all)('stack %s', (id, Stack) => {
  it('takes every image from the catalogue', () => {
    // A builder of the CI is called image, too.
    const text = JSON.stringify(synthesize(Stack, id))
      .replaceAll('\\', '')
      .replace(/"logins":\{[^}]*\}/, '');
    const images = [...text.matchAll(/"image"\s*:\s*"([^"]+)"/g)].map((match) => match[1]);
    expect(images.filter((image) => image?.startsWith(FROM_CATALOGUE) !== true)).toEqual([]);
  });

  it('releases only existing charts, with the version in Chart.yaml', () => {
    const releases = Object.values(synthesize(Stack, id).resource.helm_release ?? {}) as { chart: string }[];
    expect(releases.map(({ chart }) => basename(chart)).toSorted()).toEqual(CHARTS[id]);
    for (const release of releases) {
      expect(release).toMatchObject({
        chart: expect.stringMatching(/^\.\/charts\/[a-z-]+$/),
        version: '0.1.0',
        atomic: true,
        wait: true,
        max_history: 10,
        timeout: 600,
      });
    }
  });
});
