/** The host in the addresses of providers. Stacks write it out: OpenTofu looks for short names in its own registry. */
export const PROVIDER_REGISTRY = 'registry.terraform.io';
