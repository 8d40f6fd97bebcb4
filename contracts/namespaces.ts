/** Namespaces of the platform. `system` exists before the stacks do: it holds their state. */
export const NAMESPACE = {
  system: 'mlops-system',
  registry: 'mlops-registry',
  ci: 'mlops-ci',
  monitoring: 'mlops-monitoring',
  serving: 'mlops-serving',
} as const;

/** Namespaces that run workloads of the platform. */
export const WORKLOAD_NAMESPACES = [
  NAMESPACE.registry,
  NAMESPACE.ci,
  NAMESPACE.monitoring,
  NAMESPACE.serving,
] as const;
