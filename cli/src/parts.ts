import { NAMESPACE } from '../../contracts/namespaces';
import { SECRET } from '../../contracts/objects';
import { SERVICE, type ServiceContract } from '../../contracts/services';
import type { PlatformConfig } from '../../stacks/shared/config';

/** A part of the platform that a person opens. */
export interface Part {
  readonly name: keyof PlatformConfig['ports'];
  readonly service: ServiceContract;
  /** Secret with username and password; undefined where nobody is asked. */
  readonly secret?: { readonly namespace: string; readonly name: string };
}

export function partsOf(config: PlatformConfig): readonly Part[] {
  const monitored = (name: 'prometheus' | 'alertmanager' | 'grafana'): Part => ({
    name,
    service: SERVICE[name],
    secret: { namespace: NAMESPACE.monitoring, name: SECRET[name] },
  });
  return [
    { name: 'gateway', service: SERVICE.gateway },
    {
      name: 'mlflow',
      service: SERVICE.mlflow,
      secret: { namespace: NAMESPACE.registry, name: SECRET.mlflow },
    },
    ...(config.images.registry === undefined
      ? [{ name: 'ociRegistry', service: SERVICE.ociRegistry } as const]
      : []),
    ...(config.ci.enabled
      ? [{ name: 'ci', service: SERVICE.ci, secret: { namespace: NAMESPACE.ci, name: SECRET.ci } } as const]
      : []),
    ...(config.monitoring === 'bundled'
      ? [monitored('prometheus'), monitored('alertmanager'), monitored('grafana')]
      : []),
  ];
}
