import { NAMESPACE } from '../../contracts/namespaces';
import { SECRET } from '../../contracts/objects';
import { SERVICE, type ServiceContract } from '../../contracts/services';
import type { PlatformConfig } from '../../stacks/shared/config';

/** A part of the platform that a person opens. */
export interface Part {
  readonly name: string;
  /** Its port on this machine, by the name in platform.yaml. */
  readonly port: keyof PlatformConfig['ports'];
  /** Below the port. @default '' */
  readonly path?: string;
  readonly service: ServiceContract;
  /** Secret with password, and a username where there are users; undefined where nobody is asked. */
  readonly secret?: { readonly namespace: string; readonly name: string };
}

export function partsOf(config: PlatformConfig): readonly Part[] {
  const monitored = (name: 'prometheus' | 'alertmanager' | 'grafana'): Part => ({
    name,
    port: name,
    service: SERVICE[name],
    secret: { namespace: NAMESPACE.monitoring, name: SECRET[name] },
  });
  return [
    { name: 'gateway', port: 'gateway', service: SERVICE.gateway },
    {
      name: 'labels',
      port: 'gateway',
      path: '/v1/models/MODEL/labels',
      service: SERVICE.gateway,
      // Sent as bearer token.
      secret: { namespace: NAMESPACE.registry, name: SECRET.labels },
    },
    {
      name: 'mlflow',
      port: 'mlflow',
      service: SERVICE.mlflow,
      secret: { namespace: NAMESPACE.registry, name: SECRET.mlflow },
    },
    ...(config.images.registry === undefined
      ? [{ name: 'ociRegistry', port: 'ociRegistry', service: SERVICE.ociRegistry } as const]
      : []),
    ...(config.ci.enabled
      ? [
          {
            name: 'ci',
            port: 'ci',
            service: SERVICE.ci,
            secret: { namespace: NAMESPACE.ci, name: SECRET.ci },
          } as const,
        ]
      : []),
    ...(config.monitoring === 'bundled'
      ? [monitored('prometheus'), monitored('alertmanager'), monitored('grafana')]
      : []),
  ];
}
