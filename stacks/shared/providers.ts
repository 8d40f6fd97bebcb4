import { HelmProvider } from '@cdktf/provider-helm/lib/provider';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import type { TerraformStack } from 'cdktf';
import type { Platform } from './platform';

// Spelt out: OpenTofu reads a short name as one of its own registry.
const REGISTRY = 'registry.terraform.io/hashicorp';

export function useKubernetes(stack: TerraformStack, { config, catalogue }: Platform): void {
  new KubernetesProvider(stack, 'kubernetes', {
    configPath: config.paths.kubeconfig,
    configContext: config.cluster.context,
  });
  pin(stack, 'kubernetes', catalogue.providers.kubernetes);
}

export function useHelm(stack: TerraformStack, { config, catalogue }: Platform): void {
  new HelmProvider(stack, 'helm', {
    kubernetes: { configPath: config.paths.kubeconfig, configContext: config.cluster.context },
  });
  pin(stack, 'helm', catalogue.providers.helm);
}

/** The bindings ask for the version that they were generated from; the catalogue decides. */
function pin(stack: TerraformStack, name: string, version: string): void {
  stack.addOverride(`terraform.required_providers.${name}`, { source: `${REGISTRY}/${name}`, version });
}
