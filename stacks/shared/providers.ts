import { HelmProvider } from '@cdktf/provider-helm/lib/provider';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import type { TerraformStack } from 'cdktf';
import { PROVIDER_REGISTRY } from '../../contracts/terraform';
import type { Platform } from './platform';

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

/** The bindings require the version they were generated from; the catalogue's version replaces it. */
function pin(stack: TerraformStack, name: string, version: string): void {
  stack.addOverride(`terraform.required_providers.${name}`, {
    source: `${PROVIDER_REGISTRY}/hashicorp/${name}`,
    version,
  });
}
