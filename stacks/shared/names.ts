/** Namespaces of the platform. `system` exists before the stacks do: it holds their state. */
export const NAMESPACE = {
  system: 'mlops-system',
  registry: 'mlops-registry',
  ci: 'mlops-ci',
  monitoring: 'mlops-monitoring',
  serving: 'mlops-serving',
} as const;

/** Ports on the cluster's nodes; kind maps them to `ports` of platform.yaml. */
export const NODE_PORT = { gateway: 30080, mlflow: 30500, registry: 30501 } as const;

/** ConfigMap in the serving namespace that says which versions run, and with what weight. */
export const RELEASE_LIST = 'release-list';

/** Kubernetes' recommended labels for what Terraform makes itself. */
export function labels(component: string): Record<string, string> {
  return {
    'app.kubernetes.io/name': component,
    'app.kubernetes.io/component': component,
    'app.kubernetes.io/part-of': 'mlops',
    'app.kubernetes.io/managed-by': 'terraform',
  };
}
