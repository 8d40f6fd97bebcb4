import type { PlatformConfig } from './config';

export interface ServicePort {
  readonly type: 'NodePort' | 'ClusterIP';
  readonly nodePort: number;
}

/** kind maps fixed node ports to this machine; on a shared cluster they could collide with others. */
export function servicePort(config: PlatformConfig, nodePort: number): ServicePort {
  return { type: config.cluster.type === 'kind' ? 'NodePort' : 'ClusterIP', nodePort };
}
