/** Images whose Dockerfiles are in this repository, whatever the source of the others. */
export const OWN_IMAGES = [
  'mlflow',
  'pipeline',
  'model-server',
  'quality',
  'rollout-controller',
  'dashboards-viewer',
  'ci-master',
  'platform',
] as const;

/** Images of the CI: its master, and what its builds run in. */
export const CI_IMAGES = ['ci-master', 'platform'] as const;

/** Images of the platform's own monitoring. */
const MONITORING_IMAGES = ['prometheus', 'alertmanager', 'kube-state-metrics', 'metrics-server'] as const;

/** Images that run on the platform and that every source has. */
export const PLATFORM_IMAGES = [
  'postgres',
  'nginx',
  'oci-registry',
  ...MONITORING_IMAGES,
  'mlflow',
  'pipeline',
  'model-server',
  'quality',
  'rollout-controller',
  ...CI_IMAGES,
] as const;

export type OwnImageName = (typeof OWN_IMAGES)[number];
export type PlatformImageName = (typeof PLATFORM_IMAGES)[number];
/** Grafana is published only: its server is in no package registry. Elsewhere our viewer shows its dashboards. */
export type DashboardsImageName = 'grafana' | 'dashboards-viewer';
export type ImageName = PlatformImageName | DashboardsImageName;

const DASHBOARDS: readonly ImageName[] = ['grafana', 'dashboards-viewer'];

export function isMonitoringImage(name: ImageName): boolean {
  return (MONITORING_IMAGES as readonly ImageName[]).includes(name) || DASHBOARDS.includes(name);
}

export function isCiImage(name: ImageName): boolean {
  return (CI_IMAGES as readonly ImageName[]).includes(name);
}

/** Trainings and builds run in them, or start them: no stack before theirs needs any. */
export function isBuildImage(name: ImageName): boolean {
  return name === 'pipeline' || isCiImage(name);
}
