import { LimitRange } from '@cdktf/provider-kubernetes/lib/limit-range';
import { Namespace } from '@cdktf/provider-kubernetes/lib/namespace';
import { NetworkPolicy } from '@cdktf/provider-kubernetes/lib/network-policy';
import { ResourceQuota } from '@cdktf/provider-kubernetes/lib/resource-quota';
import { Construct } from 'constructs';
import { labels } from '../shared/labels';

export interface GuardedNamespaceProps {
  readonly name: string;
  /** Upper limits for all pods together; canonical Kubernetes quantities. */
  readonly quota: Record<string, string>;
}

/** A namespace with Pod Security, quotas and limits, and a default-deny network policy. */
export class GuardedNamespace extends Construct {
  /** The namespace's name, known once the namespace exists. */
  readonly namespace: string;

  constructor(scope: Construct, id: string, props: GuardedNamespaceProps) {
    super(scope, id);
    const resource = new Namespace(this, 'Default', {
      metadata: {
        name: props.name,
        labels: {
          ...labels('namespace'),
          'pod-security.kubernetes.io/enforce': 'restricted',
          'pod-security.kubernetes.io/warn': 'restricted',
          'pod-security.kubernetes.io/audit': 'restricted',
        },
      },
    });
    this.namespace = resource.metadata.name;

    new ResourceQuota(this, 'quota', {
      metadata: { name: 'quota', namespace: this.namespace, labels: labels('quota') },
      spec: { hard: props.quota },
    });

    new LimitRange(this, 'limits', {
      metadata: { name: 'limits', namespace: this.namespace, labels: labels('limits') },
      spec: {
        limit: [
          {
            type: 'Container',
            default: { cpu: '500m', memory: '256Mi' },
            defaultRequest: { cpu: '50m', memory: '64Mi' },
          },
        ],
      },
    });

    new NetworkPolicy(this, 'default-deny', {
      metadata: { name: 'default-deny', namespace: this.namespace, labels: labels('default-deny') },
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    });

    new NetworkPolicy(this, 'allow-dns', {
      metadata: { name: 'allow-dns', namespace: this.namespace, labels: labels('allow-dns') },
      spec: {
        podSelector: {},
        policyTypes: ['Egress'],
        egress: [
          {
            to: [
              {
                namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
                podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
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
  }
}
