import { TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { NAMESPACE } from '../../contracts/namespaces';
import { RELEASE_LIST } from '../../contracts/release-list';
import { KubernetesBackend } from '../shared/kubernetes-backend';
import type { Platform } from '../shared/platform';
import { useKubernetes } from '../shared/providers';
import { Access, RELEASE, TRAIN } from './access';
import { GuardedNamespace } from './guarded-namespace';
import { quotas } from './quotas';
import { ReleaseList } from './release-list';

export interface GuardrailsStackProps {
  readonly platform: Platform;
}

/** Guardrails for all workloads: namespaces, limits, policies, RBAC and the empty release list. */
export class GuardrailsStack extends TerraformStack {
  constructor(scope: Construct, id: string, { platform }: GuardrailsStackProps) {
    super(scope, id);
    new KubernetesBackend(this, id, platform.config);
    useKubernetes(this, platform);

    const quota = quotas(platform.config);
    const registry = new GuardedNamespace(this, 'registry', {
      name: NAMESPACE.registry,
      quota: quota.registry,
    });
    const ci = new GuardedNamespace(this, 'ci', { name: NAMESPACE.ci, quota: quota.ci });
    const monitoring = new GuardedNamespace(this, 'monitoring', {
      name: NAMESPACE.monitoring,
      quota: quota.monitoring,
    });
    const serving = new GuardedNamespace(this, 'serving', { name: NAMESPACE.serving, quota: quota.serving });

    new ReleaseList(this, RELEASE_LIST.name, serving);

    new Access(this, 'ml-train', { namespace: ci.namespace, group: 'mlops:ml', rules: TRAIN });
    new Access(this, 'ml-release', { namespace: serving.namespace, group: 'mlops:ml', rules: RELEASE });
    new Access(this, 'ops-registry', { namespace: registry.namespace, group: 'mlops:ops' });
    new Access(this, 'ops-ci', { namespace: ci.namespace, group: 'mlops:ops' });
    new Access(this, 'ops-monitoring', { namespace: monitoring.namespace, group: 'mlops:ops' });
    new Access(this, 'ops-serving', { namespace: serving.namespace, group: 'mlops:ops' });
  }
}
