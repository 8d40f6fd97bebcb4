/** Secrets with generated credentials, in the registry namespace, with copies where they are used. */
export const SECRET = {
  postgres: 'postgres-credentials',
  mlflow: 'mlflow-credentials',
  // In the monitoring namespace; Prometheus' also where it is queried from.
  prometheus: 'prometheus-credentials',
  alertmanager: 'alertmanager-credentials',
  grafana: 'grafana-credentials',
  // In the CI's namespace: the login of its web UI and the password of webhooks; the latter also where alerts come from.
  ci: 'ci-credentials',
  ciWebhook: 'ci-webhook-credentials',
  // In the CI's namespace: a copy of the password of its database.
  ciDatabase: 'ci-database-credentials',
  // In the serving namespace: the password with which predictions are stored, and no other.
  predictionsWriter: 'predictions-writer',
  // In the registry namespace: what callers of the labels service send.
  labels: 'labels-credentials',
  // A docker config: where training pushes images, and with a registry of one's own, wherever nodes pull from it.
  ociRegistry: 'oci-registry-login',
  // In the registry namespace: the password for pushes to the registry in the cluster.
  ociRegistryPush: 'oci-registry-push',
} as const;

/** Labels that tie an object to the platform, a model and one of its versions. */
export const LABEL = {
  name: 'app.kubernetes.io/name',
  component: 'app.kubernetes.io/component',
  partOf: 'app.kubernetes.io/part-of',
  managedBy: 'app.kubernetes.io/managed-by',
  model: 'mlops.dev/model',
  modelVersion: 'mlops.dev/model-version',
} as const;

/** Value of `app.kubernetes.io/part-of` on everything that the platform makes. */
export const PART_OF = 'mlops';
