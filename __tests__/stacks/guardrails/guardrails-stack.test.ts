import { describe, expect, it } from '@jest/globals';
import { GuardrailsStack } from '../../../stacks/guardrails/guardrails-stack';
import { portable, synthesize } from '../support';

const stack = synthesize(GuardrailsStack, 'guardrails');
const namespaces = ['registry', 'ci', 'monitoring', 'serving'];

function specsNamed(type: string, name: string) {
  return Object.values(stack.resource[type] ?? {})
    .map((block) => block as { metadata: { name: string; namespace: string }; spec: Record<string, unknown> })
    .filter(({ metadata }) => metadata.name === name);
}

function inEveryNamespace(blocks: { metadata: { namespace: string } }[]) {
  expect(blocks.map(({ metadata }) => metadata.namespace).sort()).toEqual(
    namespaces.map((name) => `\${kubernetes_namespace.${name}.metadata[0].name}`).sort(),
  );
}

describe('GuardrailsStack', () => {
  it('matches its snapshot', () => {
    expect(portable(stack)).toMatchSnapshot();
  });

  it('enforces the restricted Pod Security standard in every namespace', () => {
    const made = Object.values(stack.resource.kubernetes_namespace ?? {});
    expect(made).toHaveLength(namespaces.length);
    for (const { metadata } of made) {
      expect(metadata).toHaveProperty(['labels', 'pod-security.kubernetes.io/enforce'], 'restricted');
    }
  });

  it('leaves the namespace of the state alone: it exists before the stacks', () => {
    expect(JSON.stringify(stack.resource.kubernetes_namespace)).not.toContain('mlops-system');
  });

  it('denies all traffic by default in every namespace', () => {
    const policies = specsNamed('kubernetes_network_policy', 'default-deny');
    inEveryNamespace(policies);
    for (const { spec } of policies) {
      expect(spec).toEqual({ pod_selector: {}, policy_types: ['Ingress', 'Egress'] });
    }
  });

  it('allows name resolution in every namespace', () => {
    const policies = specsNamed('kubernetes_network_policy', 'allow-dns');
    inEveryNamespace(policies);
    for (const { spec } of policies) {
      expect(spec).toEqual({
        pod_selector: {},
        policy_types: ['Egress'],
        egress: [
          {
            to: [
              {
                namespace_selector: { match_labels: { 'kubernetes.io/metadata.name': 'kube-system' } },
                pod_selector: { match_labels: { 'k8s-app': 'kube-dns' } },
              },
            ],
            ports: [
              { port: '53', protocol: 'UDP' },
              { port: '53', protocol: 'TCP' },
            ],
          },
        ],
      });
    }
  });

  it('limits memory, and pods without limits, in every namespace', () => {
    const quotas = specsNamed('kubernetes_resource_quota', 'quota');
    inEveryNamespace(quotas);
    for (const { spec } of quotas) expect(spec).toHaveProperty(['hard', 'limits.memory']);
    inEveryNamespace(specsNamed('kubernetes_limit_range', 'limits'));
  });

  it('makes an empty release list and ignores what mlops writes into it', () => {
    const list = stack.resource.kubernetes_config_map?.['release-list'] as {
      data: Record<string, string>;
      lifecycle: unknown;
    };
    expect(JSON.parse(list.data['releases.json'] ?? '')).toEqual({ schema: 1, models: {} });
    expect(JSON.parse(list.data['history.json'] ?? '')).toEqual({ schema: 1, entries: [] });
    expect(list.lifecycle).toEqual({ ignore_changes: ['data'] });
  });

  it('makes no service account: old providers wait for a token that Kubernetes no longer makes', () => {
    expect(Object.keys(stack.resource).filter((type) => type.includes('service_account'))).toEqual([]);
  });

  it('lets ML engineers change no ConfigMap but the release list', () => {
    const role = Object.values(stack.resource.kubernetes_role ?? {}).find(
      ({ metadata }) => (metadata as { name: string }).name === 'ml-release',
    );
    const rules = role?.rule as { resources: string[]; resource_names?: string[] }[];
    const onConfigMaps = rules.filter(({ resources }) => resources.includes('configmaps'));
    expect(onConfigMaps.map((rule) => rule.resource_names)).toEqual([['release-list']]);
    expect(rules.filter(({ resources }) => resources.includes('secrets'))).toEqual([]);
  });
});
