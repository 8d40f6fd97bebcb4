/** Images whose Dockerfiles are in this repository, whatever the source of the others. */
export const OWN_IMAGES = ['mlflow', 'pipeline', 'model-server'] as const;

/** Images that run on the platform and that every source has. */
export const PLATFORM_IMAGES = [
  'postgres',
  'nginx',
  'oci-registry',
  'prometheus',
  'alertmanager',
  'kube-state-metrics',
  'metrics-server',
  ...OWN_IMAGES,
] as const;

export type OwnImageName = (typeof OWN_IMAGES)[number];
export type PlatformImageName = (typeof PLATFORM_IMAGES)[number];
/** Grafana is published only: its server is in no package registry. */
export type ImageName = PlatformImageName | 'grafana';

export function isOwnImage(name: ImageName): name is OwnImageName {
  return (OWN_IMAGES as readonly ImageName[]).includes(name);
}
