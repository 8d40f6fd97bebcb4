import { ConfigMap } from '@cdktf/provider-kubernetes/lib/config-map';
import { LimitRange } from '@cdktf/provider-kubernetes/lib/limit-range';
import { Namespace } from '@cdktf/provider-kubernetes/lib/namespace';
import { NetworkPolicy } from '@cdktf/provider-kubernetes/lib/network-policy';
import { ResourceQuota } from '@cdktf/provider-kubernetes/lib/resource-quota';
import { describe, expect, it } from '@jest/globals';
import { GuardrailsStack } from '../../../stacks/guardrails/guardrails-stack';
import { asText, portable, synthesize } from '../support';

const stack = synthesize(GuardrailsStack, 'guardrails');
const text = asText(stack);
const namespaces = ['ci', 'monitoring', 'registry', 'serving'];

describe.each(namespaces)('the guardrails of namespace %s', (namespace) => {
  const named = (name: string) =>
    expect.objectContaining({ name, namespace: `\${kubernetes_namespace.${namespace}.metadata[0].name}` });

  it('enforce the restricted Pod Security standard', () => {
    expect(text).toHaveResourceWithProperties(Namespace, {
      metadata: expect.objectContaining({
        name: `mlops-${namespace}`,
        labels: expect.objectContaining({ 'pod-security.kubernetes.io/enforce': 'restricted' }),
      }),
    });
  });

  it('deny all traffic by default', () => {
    expect(text).toHaveResourceWithProperties(NetworkPolicy, {
      metadata: named('default-deny'),
      spec: { pod_selector: {}, policy_types: ['Ingress', 'Egress'] },
    });
  });

  it('allow name resolution', () => {
    expect(text).toHaveResourceWithProperties(NetworkPolicy, {
      metadata: named('allow-dns'),
      spec: {
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
      },
    });
  });

  it('limit memory, with defaults for pods without limits', () => {
    expect(text).toHaveResourceWithProperties(ResourceQuota, {
      metadata: named('quota'),
      spec: { hard: expect.objectContaining({ 'limits.memory': expect.stringMatching(/^\d+[MG]i$/) }) },
    });
    expect(text).toHaveResourceWithProperties(LimitRange, { metadata: named('limits') });
  });
});

describe('GuardrailsStack', () => {
  it('matches its snapshot', () => {
    expect(portable(stack)).toMatchSnapshot();
  });

  it('leaves the namespace of the state alone: it exists before the stacks', () => {
    expect(Object.keys(stack.resource.kubernetes_namespace ?? {}).sort()).toEqual(namespaces);
  });

  it('creates an empty release list and ignores later changes by mlops', () => {
    expect(text).toHaveResourceWithProperties(ConfigMap, {
      metadata: expect.objectContaining({ name: 'release-list' }),
      data: { 'releases.json': '{"schema":1,"models":{}}', 'history.json': '{"schema":1,"entries":[]}' },
      lifecycle: { ignore_changes: ['data'] },
    });
  });

  it('creates no service account: old providers wait for a token that Kubernetes no longer creates', () => {
    expect(Object.keys(stack.resource).filter((type) => type.includes('service_account'))).toEqual([]);
  });

  it('lets ML engineers change only the release list', () => {
    const role = Object.values(stack.resource.kubernetes_role ?? {}).find(
      ({ metadata }) => (metadata as { name: string }).name === 'ml-release',
    );
    const rules = role?.rule as { resources: string[]; resource_names?: string[] }[];
    const onConfigMaps = rules.filter(({ resources }) => resources.includes('configmaps'));
    expect(onConfigMaps.map((rule) => rule.resource_names)).toEqual([['release-list']]);
    expect(rules.filter(({ resources }) => resources.includes('secrets'))).toEqual([]);
  });
});
