/** Images whose Dockerfiles are in this repository, whatever the source of the others. */
export const OWN_IMAGES = ['mlflow', 'pipeline', 'model-server'] as const;

/** Every image that runs on the platform. */
export const PLATFORM_IMAGES = ['postgres', 'nginx', 'oci-registry', ...OWN_IMAGES] as const;

export type OwnImageName = (typeof OWN_IMAGES)[number];
export type ImageName = (typeof PLATFORM_IMAGES)[number];

export function isOwnImage(name: ImageName): name is OwnImageName {
  return (OWN_IMAGES as readonly ImageName[]).includes(name);
}
